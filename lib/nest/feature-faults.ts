import { Injectable } from '@nestjs/common';

import { OptionsError } from '../options/index.js';
import type { OptionsFault } from '../options/index.js';

/** Faults in what feature modules say, kept until the application starts: then all faults are told at once. */
@Injectable()
export class FeatureFaults {
  private readonly faults: OptionsFault[] = [];
  private isTold = false;

  gather(add: () => void): void {
    try {
      add();
    } catch (error) {
      if (this.isTold || !(error instanceof OptionsError)) throw error;
      this.faults.push(...error.faults);
    }
  }

  /** What was gathered; from now on faults of modules that are loaded later are thrown as they come. */
  tell(): readonly OptionsFault[] {
    this.isTold = true;
    return this.faults;
  }
}
