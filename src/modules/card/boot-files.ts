import type { PfFact } from '../../module/facts.ts'
import type { PlanContext } from '../../module/module.ts'
import type { Value } from '../../shared/value.ts'
import { postUnit, preUnit } from './boot-units.ts'
import { earlyUnits, guestUnits, inlineModeDevices, keptDirectory, networkUnits, ovsUnits } from './knowledge.ts'
import type { Representor } from './netdevs.ts'
import { wantedMac } from './vf-settings.ts'

/** What the files of a boot are made from. */
export interface BootArgs {
  readonly pfs: readonly string[]
  readonly vfs: number
  readonly bond: string
  readonly bridge: string
  readonly driver: 'none' | 'mlx5_core' | 'vfio-pci'
  readonly mac: 'derived' | 'keep'
  readonly vms: readonly Value[]
  /** VFs may become promiscuous and change their address. */
  readonly trust: boolean
  readonly steering: 'smfs' | 'dmfs' | 'keep'
  readonly lag_timeout: number
}

/** Where the script stands: run as `/bin/sh PATH`, so that neither a noexec mount nor SELinux's type of /var/lib matters. */
export const bootScript = `${keptDirectory}/vflag-boot`

/** The files, the script first: no unit is there without it. */
export const bootPaths: readonly { readonly path: string; readonly template: string }[] = [
  { path: bootScript, template: 'vflag-boot.sh.hbs' },
  { path: `/etc/systemd/system/${preUnit}`, template: 'vflag-pre.service.hbs' },
  { path: `/etc/systemd/system/${postUnit}`, template: 'vflag-post.service.hbs' },
]

/** The texts of {@link bootPaths}, in that order. `ofedSteering`: interfaces for which MLNX_OFED has a file that sets how flows are steered. */
export function bootFiles(
  args: BootArgs,
  pfs: readonly PfFact[],
  representors: ReadonlyMap<string, readonly Representor[]>,
  ofedSteering: readonly string[],
  { facts, host, render }: Pick<PlanContext, 'facts' | 'host' | 'render'>,
): readonly string[] {
  const named = pfs.flatMap((pf) => (pf.netdev === null ? [] : [{ ...pf, netdev: pf.netdev }]))
  const found = named.flatMap((pf) => (representors.get(pf.pci) ?? []).filter(({ vf }) => vf < args.vfs))
  const ports = named.map((pf) => ({
    pci: pf.pci,
    name: pf.netdev,
    inline: inlineModeDevices.includes(pf.device),
    ofed_steering: ofedSteering.includes(pf.netdev),
    settings: [...Array(args.vfs).keys()].flatMap((vf) => {
      const mac = wantedMac(args, pf, vf, facts, host)
      const words = [...(mac === null ? [] : ['mac', mac]), ...(args.trust ? ['trust', 'on'] : [])]
      return words.length === 0 ? [] : [{ vf, words }]
    }),
  }))
  const common = { script: bootScript, ports }
  const vars = [
    {},
    {
      ...common,
      first_port: named[0]?.netdev ?? '',
      vfs: args.vfs,
      steering: args.steering,
      after_units: earlyUnits,
      before_units: [...networkUnits, ...ovsUnits],
    },
    {
      ...common,
      representors: found.map(({ netdev }) => ({
        switch_id: netdev.switchId ?? '',
        port: netdev.portName ?? '',
        name: netdev.name,
      })),
      bridge: args.bridge,
      bridge_ports: [args.bond, ...found.map(({ netdev }) => netdev.name)],
      lag_timeout: args.lag_timeout,
      driver: args.driver,
      indexes: [...Array(args.vfs).keys()],
      after_units: [...networkUnits, ...ovsUnits],
      before_units: guestUnits,
    },
  ]
  return bootPaths.map(({ template }, at) => render(template, vars[at] ?? {}))
}
