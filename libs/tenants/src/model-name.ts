/** The one spelling of a model's name by which names and globs are compared: dots and dashes are alike, case makes no difference. */
export const modelSpelling = (name: string): string =>
  name.trim().toLowerCase().replaceAll('.', '-');
