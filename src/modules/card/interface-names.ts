import type { PfFact } from '../../module/facts.ts'
import { defineModule, type PlanContext } from '../../module/module.ts'
import { blocked, change, type Plan, unchanged } from '../../module/plan.ts'
import { run } from '../../module/step.ts'
import { list } from '../../shared/text.ts'
import { netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { type OwnedFile, oddFiles, ownedFile, ownedReads, takeBackFiles, writeFiles } from './owned-files.ts'
import { missingPf, presentPfs } from './pf.ts'

interface Args {
  readonly pfs: readonly string[]
  readonly vfs: number
  readonly state: 'present' | 'absent'
}

interface State {
  readonly rules: OwnedFile
  /** Names of the representors that are there, by PCI address of the PF and VF number. */
  readonly names: ReadonlyMap<string, string>
}

/** Where the rules stand: before 80-net-setup-link.rules, which leaves a name that was given (systemd, rules.d). */
export const namesRulesPath = '/etc/udev/rules.d/70-vflag.rules'

const template = '70-vflag.rules.hbs'

/** The names of the ports and their representors (udev(7)). */
export const interfaceNames = defineModule<Args, State>({
  name: 'interface_names',
  summary: 'Keep the names of the ports of the card and of their representors',
  description:
    'Names may change with a kernel, and representors often get none but eth4. Writes udev rules: the ports keep the names that they have, by PCI address; a representor is called after its port and VF, as ens2f0_3, unless it has a name already. NetworkManager is told to leave representors alone. Renames nothing that is there.',
  args: {
    properties: {
      pfs: {
        description: 'The two ports, by interface or PCI address; not needed for absent',
        type: 'array',
        items: { type: 'string' },
        default: [],
      },
      vfs: { description: 'How many VFs each port gets', type: 'integer', default: 0, minimum: 0, maximum: 1024 },
      state: { description: 'present or absent', type: 'string', enum: ['present', 'absent'], default: 'present' },
    },
  },
  examples: [
    { title: 'Before the representors appear', yaml: 'interface_names:\n  pfs: [ens2f0, ens2f1]\n  vfs: 4\n' },
    { title: 'As it was before', yaml: 'interface_names:\n  state: absent\n' },
  ],
  needsFacts: true,
  templates: () => [template],
  reads: () => [...ownedReads(namesRulesPath), ...netdevReads],
  state: (args, seen, facts) => ({
    rules: ownedFile(namesRulesPath, seen),
    names: new Map(
      presentPfs(facts, args.pfs).flatMap((pf) =>
        representorsOf(pf, netdevs(seen), facts.pfs).map(({ vf, netdev }) => [`${pf.pci} ${vf}`, netdev.name]),
      ),
    ),
  }),
  plan: (args, state, context) =>
    oddFiles([state.rules]) ?? (args.state === 'absent' ? absent(state) : present(args, state, context)),
  disturbs: () => ['command:udevadm'],
})

const reload = run(['udevadm', 'control', '--reload'])

function present(args: Args, state: State, context: PlanContext): Plan {
  if (args.pfs.length === 0) return blocked('pfs is empty, but must name the ports of the card', 'set vflag_pfs')
  const missing = missingPf(args.pfs, context.facts)
  if (missing) return missing
  const pfs = presentPfs(context.facts, args.pfs)
  const nameless = pfs.filter((pf) => pf.netdev === null)
  if (nameless.length > 0)
    return blocked(`${list(nameless.map((pf) => pf.pci))} has no network interface, so there is no name to keep`)
  const ports = pfs.flatMap(({ pci, netdev }) => (netdev === null ? [] : [{ pci, name: netdev }]))
  const representors = pfs.flatMap((pf) => representorNames(pf, args.vfs, state.names))
  const text = context.render(template, { ports, representors })
  const { deltas, steps } = writeFiles([[state.rules, text]])
  if (steps.length === 0)
    return unchanged(`the names of ${list(ports.map((port) => port.name))} and their representors are kept already`)
  return change(deltas, [...steps, reload])
}

function representorNames(
  pf: PfFact,
  vfs: number,
  names: State['names'],
): readonly { readonly pci: string; readonly vf: number; readonly name: string }[] {
  return [...Array(vfs).keys()].flatMap((vf) => {
    const now = names.get(`${pf.pci} ${vf}`)
    // What the kernel numbers as they come is no name to keep.
    const name = now === undefined || /^eth\d+$/.test(now) ? `${pf.netdev}_${vf}` : now
    // IFNAMSIZ: a longer one is refused, and the interface keeps what it has.
    return name.length <= 15 ? [{ pci: pf.pci, vf, name }] : []
  })
}

function absent(state: State): Plan {
  const { deltas, steps } = takeBackFiles([state.rules])
  if (steps.length === 0) return unchanged(`there are no rules of vflag-play in ${namesRulesPath}`)
  return change(deltas, [...steps, reload])
}
