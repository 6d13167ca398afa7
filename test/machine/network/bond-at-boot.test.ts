import { describe, expect, test } from 'vitest'
import { factReads, parseFacts } from '../../../src/facts/gather.ts'
import { comparable } from '../../../src/machine/comparable.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import type { Facts } from '../../../src/module/facts.ts'
import type { Module } from '../../../src/module/module.ts'
import type { Plan } from '../../../src/module/plan.ts'
import type { Read } from '../../../src/module/read.ts'
import { Readings } from '../../../src/module/reading.ts'
import { bondFiles } from '../../../src/modules/card/bond-files.ts'
import { networkRestart } from '../../../src/modules/card/network-restart.ts'
import { smallLab } from '../../support/lab-machine.ts'
import { shippedTemplates } from '../../support/readings.ts'
import { tinyContext, withDefaults } from '../../support/tiny-host.ts'

const systems = ['rhel7.7', 'el8.4', 'el9', 'el10', 'ubuntu22.04', 'ubuntu24.04', 'debian12'] as const
const modes = ['active-backup', 'balance-xor', '802.3ad'] as const
const options = { miimon: 100, lacp_rate: 'fast', xmit_hash_policy: 'layer3+4' }

async function see(machine: Machine, reads: readonly Read[]): Promise<Readings> {
  const { before } = await machine.perform({ before: reads, steps: [], after: [] })
  return Readings.of(reads, before)
}

async function factsOf(machine: Machine): Promise<Facts> {
  return parseFacts(await see(machine, factReads), 'hv1')
}

async function planOn(machine: Machine, module: Module, args: object): Promise<Plan> {
  const facts = await factsOf(machine)
  const given = withDefaults(module, args)
  const first = module.reads?.(given, facts) ?? []
  const more = module.more?.(given, await see(machine, first), facts) ?? []
  const state = module.state(given, await see(machine, [...first, ...more]), facts)
  return module.plan(given, state, { ...tinyContext, facts, render: shippedTemplates })
}

/** Performs what a module plans, and says what came of it: `unchanged`, or `changed` when the second look shows nothing left to do. */
async function converge(machine: Machine, module: Module, args: object): Promise<string> {
  const plan = await planOn(machine, module, args)
  if (plan.kind !== 'change') return plan.kind === 'unchanged' ? 'unchanged' : JSON.stringify(plan)
  const { steps } = await machine.perform({ before: [], steps: plan.steps, after: [] })
  const wrong = steps.find((step) => step.state !== 'done')
  if (wrong) return JSON.stringify(wrong)
  await machine.time.sleep(10)
  const after = await planOn(machine, module, args)
  return after.kind === 'unchanged' ? 'changed' : JSON.stringify(after)
}

function look(machine: Machine, ports: readonly string[]) {
  const link = machine.kernel.link('bond0')
  const { mode, miimon, xmitHashPolicy, lacpRate } = link?.bond ?? {}
  return {
    up: link?.up,
    mode,
    miimon,
    ...(mode !== 'active-backup' && { xmitHashPolicy }),
    ...(mode === '802.3ad' && { lacpRate }),
    slaves: [...(link?.bond?.slaves ?? [])].sort(),
    ports: ports.map((name) => machine.kernel.link(name)?.up),
    management: machine.kernel.links().find((each) => each.kind === 'management')?.addresses,
  }
}

describe.each(systems)('%s', (os) => {
  test.each(modes)(
    'brings up a bond in mode %s, keeps it, changes it, has it after a restart, and lets it go',
    async (mode) => {
      const { hv } = smallLab(os)
      const pristine = comparable(hv.state)
      const management = look(hv, []).management
      const ports = (await factsOf(hv)).pfs.map((pf) => pf.netdev ?? pf.pci)
      const args = { bond: 'bond0', ports, mode, options }
      const wanted = {
        up: true,
        mode,
        miimon: 100,
        ...(mode !== 'active-backup' && { xmitHashPolicy: 'layer3+4' }),
        ...(mode === '802.3ad' && { lacpRate: 'fast' }),
        slaves: [...ports].sort(),
        ports: [true, true],
        management,
      }

      expect([await converge(hv, bondFiles, args), await converge(hv, networkRestart, args)]).toEqual([
        'changed',
        'changed',
      ])
      expect(look(hv, ports)).toEqual(wanted)
      expect([await converge(hv, bondFiles, args), await converge(hv, networkRestart, args)]).toEqual([
        'unchanged',
        'unchanged',
      ])

      // An option that the kernel takes of a bond that runs: nobody leaves the bond for it.
      const other = { ...args, options: { ...options, miimon: 200 } }
      const failures = structuredClone(hv.kernel.link('bond0')?.bond?.failures)
      expect([await converge(hv, bondFiles, other), await converge(hv, networkRestart, other)]).toEqual([
        'changed',
        'changed',
      ])
      expect(look(hv, ports)).toEqual({ ...wanted, miimon: 200 })
      expect(hv.kernel.link('bond0')?.bond?.failures).toEqual(failures)

      await hv.reboot()
      await hv.time.sleep(10)
      expect(look(hv, ports)).toEqual({ ...wanted, miimon: 200 })
      expect([await converge(hv, bondFiles, other), await converge(hv, networkRestart, other)]).toEqual([
        'unchanged',
        'unchanged',
      ])

      const gone = { ...other, state: 'absent' }
      expect([await converge(hv, networkRestart, gone), await converge(hv, bondFiles, gone)]).toEqual([
        'changed',
        'changed',
      ])
      expect([await converge(hv, networkRestart, gone), await converge(hv, bondFiles, gone)]).toEqual([
        'unchanged',
        'unchanged',
      ])
      expect(without(comparable(hv.state))).toEqual(without(pristine))

      await hv.reboot()
      expect(hv.kernel.link('bond0')).toBe(undefined)
    },
  )

  test('another mode means another bond, made by the same files', async () => {
    const { hv } = smallLab(os)
    const ports = (await factsOf(hv)).pfs.map((pf) => pf.netdev ?? pf.pci)
    for (const mode of modes) {
      const args = { bond: 'bond0', ports, mode, options }
      expect([await converge(hv, bondFiles, args), await converge(hv, networkRestart, args)]).toEqual([
        'changed',
        'changed',
      ])
      expect(hv.kernel.link('bond0')?.bond?.mode).toBe(mode)
    }
  })
})

// Ports that were in a bond are down afterwards and may have another feature set; everything else is as before, but for the empty folder of the originals. What teardown.yaml does about them is shown by the playbooks' tests.
function without(state: unknown): unknown {
  const copy = structuredClone(state) as {
    links: Record<string, { hwTcOffload: boolean }>
    files: Record<string, unknown>
  }
  for (const link of Object.values(copy.links)) link.hwTcOffload = false
  for (const path of Object.keys(copy.files)) if (path.startsWith('/var/lib/vflag-play')) delete copy.files[path]
  return copy
}
