import type { Facts, PfFact } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, type Plan, unchanged } from '../../module/plan.ts'
import type { ValueMap } from '../../shared/value.ts'
import { type Before, beforeOf, beforeRead } from './before.ts'
import { capabilityReads, type Incapable, incapable } from './capability.ts'
import { chooseCard } from './card-choice.ts'
import { pfLabel } from './pf.ts'
import { cardLine, inPortOrder } from './same-card.ts'

interface Args {
  readonly card: string
  readonly pfs: readonly string[] | null
  readonly missing: 'refuse' | 'allow'
}

interface State {
  /** Ports that cannot carry VF-LAG, by PCI address. */
  readonly incapable: ReadonlyMap<string, Incapable>
  /** The note of a roll-out. */
  readonly note: Before | null
}

/** Which card a host's VF-LAG is about. */
export const card = defineModule<Args, State>({
  name: 'card',
  summary: 'Find the card whose two ports carry VF-LAG',
  description:
    'Looks, and changes nothing. Ports are found by vendor and device id, and paired by switch id, system image GUID, serial number of the board and, where none of these is known, PCI slot. `auto` is the only card with two ports that can carry VF-LAG; with several the task is refused and lists them. Registers `found`, `pfs` (interface names in port order), `pci` (their addresses) and `model`. For a teardown, `missing: allow` takes the ports that the roll-out noted, and is content when they are gone.',
  args: {
    properties: {
      card: {
        description: 'auto, or a port of the card by interface or PCI address',
        type: 'string',
        default: 'auto',
        minLength: 1,
        examples: ['auto', 'ens2f0', '0000:61:00.0'],
      },
      pfs: {
        description: 'The two ports, by interface or PCI address; null: found by `card`',
        type: ['array', 'null'],
        items: { type: 'string' },
        default: null,
      },
      missing: {
        description: 'refuse: fail where no such card is. allow: register `found: false`',
        type: 'string',
        enum: ['refuse', 'allow'],
        default: 'refuse',
      },
    },
  },
  examples: [
    { title: 'The only card', yaml: 'card:\nregister: card\n' },
    { title: 'The card that a port is on', yaml: 'card:\n  card: ens2f0\nregister: card\n' },
  ],
  needsFacts: true,
  reads: (args, facts) => [...facts.pfs.flatMap(capabilityReads), ...(args.missing === 'allow' ? [beforeRead] : [])],
  state: (args, seen, facts) => ({
    incapable: new Map(
      facts.pfs.flatMap((pf) => {
        const why = incapable(pf, seen)
        return why ? [[pf.pci, why] as const] : []
      }),
    ),
    note: args.missing === 'allow' ? beforeOf(seen) : null,
  }),
  plan: (args, state, context) =>
    state.note ? fromNote(state.note, context.facts) : decide(args, state, context.facts),
})

function decide(args: Args, state: State, facts: Facts): Plan {
  const choice = chooseCard(args, facts, (pf) => state.incapable.get(pf.pci) ?? null)
  if ('ports' in choice) return found(choice.ports)
  if (args.missing === 'allow') return unchanged(choice.because, { found: false, pfs: [], pci: [], model: null })
  return blocked(choice.because, choice.hint)
}

/** The ports that the roll-out worked on, whatever would be chosen today. */
function fromNote(note: Before, facts: Facts): Plan {
  const addresses = Object.keys(note.pfs)
  const ports = inPortOrder(facts.pfs.filter((pf) => addresses.includes(pf.pci)))
  if (ports.length === addresses.length) return found(ports)
  return unchanged('the card that the roll-out used is not in this host any more', {
    found: false,
    pfs: addresses.map((pci) => note.pfs[pci]?.name ?? pci),
    pci: addresses,
    model: null,
  })
}

function found(ports: readonly PfFact[]): Plan {
  const data: ValueMap = {
    found: true,
    pfs: ports.map(pfLabel),
    pci: ports.map((pf) => pf.pci),
    model: ports[0]?.card ?? null,
  }
  return unchanged(cardLine(ports), data)
}
