import { OutputLinks } from './output-links.js';

/**
 * Signed links to kept inputs, for vendors that fetch what a task names. Made with secrets of their
 * own, so that neither kind of link opens what the other does.
 */
export class InputLinks extends OutputLinks {
  protected override readonly folder = 'inputs';
}
