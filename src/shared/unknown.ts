/**
 * A value that cannot be known in check mode because the step that would make it was not performed.
 * Templates and conditions that touch one give no value; the task that needed it becomes *unpredicted*.
 */
export class Unknown {
  /** Why it is unknown, as a clause: `task "set firmware" was not performed`. */
  readonly because: string

  constructor(because: string) {
    this.because = because
  }
}
