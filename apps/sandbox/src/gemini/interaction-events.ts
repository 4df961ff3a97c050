import {
  faultOf,
  interactionHead,
  usageOf,
  type FilmPart,
  type Interaction,
} from './interaction.js';

/** The Server-Sent Events of an interaction so far; `film` is there once it is completed. */
export function interactionEvents(
  interaction: Interaction,
  status: string,
  film: FilmPart | null,
): string {
  const { id } = interaction;
  const events: readonly Readonly<Record<string, unknown>>[] = [
    { event_type: 'interaction.created', interaction: interactionHead(interaction, 'in_progress') },
    { event_type: 'interaction.status_update', interaction_id: id, status },
    ...(film ? filmEvents(film) : []),
    ...(status === 'failed' ? [{ event_type: 'error', error: faultOf(interaction) }] : []),
    ...(film
      ? [
          {
            event_type: 'interaction.completed',
            interaction: { ...interactionHead(interaction, status), usage: usageOf(interaction) },
          },
        ]
      : []),
  ];
  const frames = events.map((event, index) => {
    const data = { ...event, event_id: `${id}-${index}` };
    return `event: ${String(event['event_type'])}\ndata: ${JSON.stringify(data)}\n\n`;
  });
  return `${frames.join('')}event: done\ndata: [DONE]\n\n`;
}

const filmEvents = (film: FilmPart) => [
  { event_type: 'step.start', index: 0, step: { type: 'model_output' } },
  {
    event_type: 'step.delta',
    index: 0,
    delta: { type: 'video', mime_type: 'video/mp4', ...film },
  },
  { event_type: 'step.stop', index: 0 },
];
