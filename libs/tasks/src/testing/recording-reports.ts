import type { VendorReport, VendorReports } from '../vendor-report.js';

/** Keeps what was reported. */
export class RecordingReports implements VendorReports {
  readonly reports: VendorReport[] = [];

  async report(event: VendorReport): Promise<void> {
    this.reports.push(event);
  }
}
