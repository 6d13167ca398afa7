/**
 * vflag-play as a library: run a playbook from code, subscribe to its events, and write modules. What the command line
 * does is made of exactly these pieces.
 *
 *     const inventory = loadInventory(diskReader('.'), ['hosts.yaml'], { playbookDir: 'playbooks' })
 *     const playbook = loadPlaybook('playbooks/site.yaml', { ... })
 *     const result = await runPlaybook({ playbook, ..., services: { emit: (event) => console.log(event), ... } })
 */
export { factReads, parseFacts } from './facts/gather.ts'
export { createHost } from './host/factory.ts'
export type { Become, Exchange, ExchangeOptions, Host, LinkFailure } from './host/host.ts'
export { type ConnectionSettings, connectionSettings } from './host/settings.ts'
export { loadInventory } from './inventory/load.ts'
export { limitHosts, selectHosts } from './inventory/patterns.ts'
export type { Inventory, InventoryGroup, InventoryHost } from './inventory/types.ts'
export { type Facts, findPf, type PfFact } from './module/facts.ts'
export type { Frame, FrameResult } from './module/frame.ts'
export {
  type ArgSchema,
  type ArgsSchema,
  defineModule,
  type Module,
  type ModuleSpec,
  type PlanContext,
} from './module/module.ts'
export * as plan from './module/plan.ts'
export * as read from './module/read.ts'
export { type Reading, Readings } from './module/reading.ts'
export * as step from './module/step.ts'
export { modules } from './modules/index.ts'
export { loadPlaybook } from './playbook/load.ts'
export { LocalFiles } from './playbook/local-files.ts'
export type { Playbook } from './playbook/types.ts'
export { createReporter } from './report/create.ts'
export type { Reporter, Screen } from './report/reporter.ts'
export type { RunControl, RunOptions, Services } from './run/context.ts'
export type { Listener, RunEvent } from './run/event.ts'
export type { Counters, Failure, Outcome } from './run/outcome.ts'
export { type RunInput, type RunResult, runPlaybook } from './run/run.ts'
export { resolveTargets, type Targets } from './run/targets.ts'
export type { Diagnostic, Place } from './source/diagnostic.ts'
export { formatDiagnostics } from './source/print.ts'
export { diskReader, type SourceReader } from './source/reader.ts'
