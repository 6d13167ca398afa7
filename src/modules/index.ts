import type { Module } from '../module/module.ts'
import { bondFiles } from './card/bond-files.ts'
import { bondStatus } from './card/bond-status.ts'
import { card } from './card/card.ts'
import { eswitch } from './card/eswitch.ts'
import { firewall } from './card/firewall.ts'
import { firmware } from './card/firmware.ts'
import { firmwareReset } from './card/firmware-reset.ts'
import { health } from './card/health.ts'
import { hostdev } from './card/hostdev.ts'
import { hwTcOffload } from './card/hw-tc-offload.ts'
import { interfaceNames } from './card/interface-names.ts'
import { iperf3 } from './card/iperf3.ts'
import { lag } from './card/lag.ts'
import { link } from './card/link.ts'
import { networkRestart } from './card/network-restart.ts'
import { ovsBridge } from './card/ovs-bridge.ts'
import { ovsFlows } from './card/ovs-flows.ts'
import { ovsOffload } from './card/ovs-offload.ts'
import { ovsPort } from './card/ovs-port.ts'
import { persistence } from './card/persistence.ts'
import { portCounters } from './card/port-counters.ts'
import { portFailure } from './card/port-failure.ts'
import { preflight } from './card/preflight.ts'
import { remember } from './card/remember.ts'
import { representors } from './card/representors.ts'
import { vfDriver } from './card/vf-driver.ts'
import { vfSettings } from './card/vf-settings.ts'
import { vfs } from './card/vfs.ts'
import { assert } from './system/assert.ts'
import { command } from './system/command.ts'
import { copy } from './system/copy.ts'
import { debugModule } from './system/debug.ts'
import { failModule } from './system/fail.ts'
import { file } from './system/file.ts'
import { lineinfile } from './system/lineinfile.ts'
import { packageModule } from './system/package.ts'
import { pause } from './system/pause.ts'
import { ping } from './system/ping.ts'
import { reboot } from './system/reboot.ts'
import { service } from './system/service.ts'
import { setFact } from './system/set-fact.ts'
import { shell } from './system/shell.ts'
import { stat } from './system/stat.ts'
import { template } from './system/template.ts'
import { waitForConnection } from './system/wait-for-connection.ts'

/** Modules for every host. */
export const systemModules: readonly Module[] = [
  assert,
  command,
  copy,
  debugModule,
  failModule,
  file,
  lineinfile,
  packageModule,
  pause,
  ping,
  reboot,
  service,
  setFact,
  shell,
  stat,
  template,
  waitForConnection,
]

/** Modules for the card and what is built on it. */
export const cardModules: readonly Module[] = [
  bondFiles,
  bondStatus,
  card,
  eswitch,
  firewall,
  firmware,
  firmwareReset,
  health,
  hostdev,
  hwTcOffload,
  interfaceNames,
  iperf3,
  lag,
  link,
  networkRestart,
  ovsBridge,
  ovsFlows,
  ovsOffload,
  ovsPort,
  persistence,
  portCounters,
  portFailure,
  preflight,
  remember,
  representors,
  vfDriver,
  vfSettings,
  vfs,
]

/** Every module by name: the one list of them. */
export const modules: ReadonlyMap<string, Module> = new Map(
  [...systemModules, ...cardModules].map((module) => [module.name, module]),
)
