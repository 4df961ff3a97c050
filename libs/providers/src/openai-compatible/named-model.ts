/** A model of the upstream as the operator named it. */
export interface NamedModel {
  /** Of the catalog. */
  readonly id: string;
  /** As it was typed, which is how it goes out. */
  readonly vendorModel: string;
  readonly namedBy: string;
}
