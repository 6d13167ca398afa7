import { refuseFiles } from './bond-files-refusals.ts'
import { type Args as FilesArgs, moreReads, readState, stateReads } from './bond-files-state.ts'
import type { Args, Subject } from './preflight-subject.ts'
import { fine, stops } from './preflight-subject.ts'

const check = 'network files'

/** The files that are going to tell the host about the bond: which kind, and whether those of others stand in the way. */
export const networkSubject: Subject = {
  reads: (args, facts) => stateReads(wished(args), facts),
  more: (args, seen, facts) => moreReads(wished(args), seen, facts),
  findings: (args, seen, facts) => {
    const wanted = wished(args)
    const state = readState(wanted, seen, facts)
    const refusal = refuseFiles(wanted, state, facts)
    if (refusal?.kind === 'blocked') return [stops(check, refusal.because, refusal.hint ?? '')]
    return [fine(check, state.chosen && 'backend' in state.chosen ? state.chosen.backend.words : '')]
  },
}

const wished = (args: Args): FilesArgs => ({
  bond: args.bond,
  ports: args.pfs,
  mode: args.mode ?? '802.3ad',
  options: args.options,
  state: 'present',
  backend: args.backend,
})
