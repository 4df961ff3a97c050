import { describe, expect, it } from 'vitest';
import { collectionOf, pathId, pathReferences } from './path-reference.js';

const idOf = (target: string): string | undefined => {
  const [method = '', path = ''] = target.split(' ');
  return pathId(method, path.split('/').filter(Boolean))?.id;
};

describe('the id that decides whose a path is', () => {
  it.each([
    ['GET files/file-1', 'file-1'],
    ['GET files/file-1/content', 'file-1'],
    ['GET FILES/file-1', 'file-1'],
    ['DELETE vector_stores/vs_1/files/file-2', 'vs_1'],
    ['GET threads/thread_1/messages/msg_2', 'thread_1'],
    ['POST threads/runs', undefined],
    ['GET responses/resp_1/input_items', 'resp_1'],
    ['POST responses/compact', undefined],
    ['POST responses/input_tokens', undefined],
    ['POST chat/completions', undefined],
    ['GET chat/completions/chatcmpl-1/messages', 'chatcmpl-1'],
    ['POST realtime/calls', undefined],
    ['POST realtime/calls/rtc_1/hangup', 'rtc_1'],
    ['POST realtime/translations/client_secrets', undefined],
    ['GET agents/environments/templates', undefined],
    ['GET agents/environments/templates/tmpl_1', 'tmpl_1'],
    ['GET agents/sessions/sess_1/turns/turn_2/items', 'sess_1'],
    ['GET agents/agent_1', 'agent_1'],
    ['POST fine_tuning/alpha/graders/run', undefined],
    ['POST fine_tuning/jobs/ftjob-1/cancel', 'ftjob-1'],
    ['GET fine_tuning/checkpoints/ft:gpt-4o:org::1/permissions', 'ft:gpt-4o:org::1'],
    ['POST audio/voices', undefined],
    ['DELETE audio/voices/voice_1', 'voice_1'],
    ['GET videos/characters/char_1', 'char_1'],
    ['GET safety/cases/abc', 'abc'],
    ['GET models/gpt-4o', undefined],
    ['DELETE models/ft:gpt-4o:acme::1', 'ft:gpt-4o:acme::1'],
    ['GET organization/users/user-1', undefined],
    ['GET webhook_event_types', undefined],
    ['POST files', undefined],
  ])('%s: %s', (target, id) => {
    expect(idOf(target)).toBe(id);
  });

  it.each([
    ['GET gadgets/gadget_1/parts/part_2', 'gadget_1'],
    ['GET gadgets/parts', undefined],
    ['GET gadgets/v2/gadget_1', 'gadget_1'],
    ['GET gadgets/abcdefghijklmnopqrstuvwxyz', 'abcdefghijklmnopqrstuvwxyz'],
    ['GET gadgets/client_secrets', undefined],
  ])('is told from words by its look where the group is not known: %s', (target, id) => {
    expect(idOf(target)).toBe(id);
  });
});

describe('the ids of a path', () => {
  it.each([
    ['files/file-1/content', ['certain file-1', 'possible content']],
    ['vector_stores/vs_1/files/file-2', ['certain vs_1', 'possible files', 'possible file-2']],
    ['beta/gadgets/abc', ['possible gadgets', 'possible abc']],
    ['chat/completions', []],
    ['organization/users/user-1', []],
  ])('%s: %j', (path, expected) => {
    const found = pathReferences('GET', path.split('/'));
    expect(found.map(({ how, id }) => `${how} ${id}`)).toEqual(expected);
  });
});

describe('a collection', () => {
  it.each([
    ['files', 'files'],
    ['Fine_Tuning/Jobs', 'fine_tuning/jobs'],
    ['gadgets', 'gadgets'],
    ['models', null],
    ['webhook_event_types', null],
    ['organization/users', null],
    ['vector_stores/vs_1/files', null],
  ])('%s: %s', (path, collection) => {
    expect(collectionOf(path.split('/'))).toBe(collection);
  });
});
