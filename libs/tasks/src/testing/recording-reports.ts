import type { TroubleVerdict } from '../after-trouble.js';
import type { VendorReport, VendorReports, VendorTrouble } from '../vendor-report.js';

/** Keeps what was reported. */
export class RecordingReports implements VendorReports {
  readonly reports: VendorReport[] = [];
  readonly troubles: VendorTrouble[] = [];
  /** What is answered to the next trouble. */
  verdict: TroubleVerdict = 'news';

  async report(event: VendorReport): Promise<void> {
    this.reports.push(event);
  }

  async trouble(event: VendorTrouble): Promise<TroubleVerdict> {
    this.troubles.push(event);
    return this.verdict;
  }
}
