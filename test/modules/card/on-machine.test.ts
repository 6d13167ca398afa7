import { expect, test } from 'vitest'
import { factReads, parseFacts } from '../../../src/facts/gather.ts'
import { comparable } from '../../../src/machine/comparable.ts'
import { createMachine } from '../../../src/machine/create.ts'
import { createFabric } from '../../../src/machine/fabric.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { pristineState } from '../../../src/machine/profiles/pristine.ts'
import { instantTime } from '../../../src/machine/time.ts'
import type { Facts } from '../../../src/module/facts.ts'
import { look } from '../../../src/module/frame.ts'
import type { Module } from '../../../src/module/module.ts'
import type { Plan } from '../../../src/module/plan.ts'
import { Readings } from '../../../src/module/reading.ts'
import { bondFiles } from '../../../src/modules/card/bond-files.ts'
import { bondStatus } from '../../../src/modules/card/bond-status.ts'
import { eswitch } from '../../../src/modules/card/eswitch.ts'
import { firmware } from '../../../src/modules/card/firmware.ts'
import { hostdev } from '../../../src/modules/card/hostdev.ts'
import { hwTcOffload } from '../../../src/modules/card/hw-tc-offload.ts'
import { iperf3 } from '../../../src/modules/card/iperf3.ts'
import { lag } from '../../../src/modules/card/lag.ts'
import { link } from '../../../src/modules/card/link.ts'
import { networkRestart } from '../../../src/modules/card/network-restart.ts'
import { ovsBridge } from '../../../src/modules/card/ovs-bridge.ts'
import { ovsOffload } from '../../../src/modules/card/ovs-offload.ts'
import { ovsPort } from '../../../src/modules/card/ovs-port.ts'
import { portCounters } from '../../../src/modules/card/port-counters.ts'
import { preflight } from '../../../src/modules/card/preflight.ts'
import { remember } from '../../../src/modules/card/remember.ts'
import { representors } from '../../../src/modules/card/representors.ts'
import { vfDriver } from '../../../src/modules/card/vf-driver.ts'
import { vfSettings } from '../../../src/modules/card/vf-settings.ts'
import { vfs } from '../../../src/modules/card/vfs.ts'
import { type ProfileName, profiles, shippedTemplates } from '../../support/readings.ts'
import { tinyContext, withDefaults } from '../../support/tiny-host.ts'

const pfs = ['ens2f0', 'ens2f1']
const bond = { bond: 'bond0', ports: pfs }
const bonding = { ...bond, mode: '802.3ad', options: { miimon: 100, lacp_rate: 'fast', xmit_hash_policy: 'layer3+4' } }
const vm = { vm: 'vm1', pf: 'ens2f0', vf: 0, mac: '52:54:00:01:00:01' }

type Task = readonly [Module, object]
const each = (module: Module, args: object): readonly Task[] => pfs.map((pf) => [module, { pf, ...args }])

const firmwareTask: Task = [firmware, { pf: 'ens2f0', settings: { SRIOV_EN: true, NUM_OF_VFS: 4 } }]
const rollOut = (names: readonly string[]): readonly Task[] => [
  [preflight, { pfs, bond: 'bond0' }],
  [remember, { pfs }],
  firmwareTask,
  [bondFiles, bonding],
  ...each(vfs, { count: 2, autoprobe: false }),
  ...each(vfDriver, { driver: 'none' }),
  ...each(eswitch, { mode: 'switchdev' }),
  [hwTcOffload, { interfaces: pfs, enabled: true }],
  [networkRestart, bonding],
  [lag, { pfs, bond: 'bond0', state: 'active' }],
  [ovsOffload, { enabled: true }],
  [representors, { pfs }],
  [link, { interfaces: names, state: 'up' }],
  [ovsBridge, { name: 'ovs-sriov' }],
  [ovsPort, { bridge: 'ovs-sriov', ports: ['bond0', ...names] }],
  [hostdev, vm],
  [bondStatus, bond],
]
const tearDown: readonly Task[] = [
  [hostdev, { ...vm, state: 'detached' }],
  [ovsBridge, { name: 'ovs-sriov', state: 'absent' }],
  [ovsOffload, { enabled: false }],
  ...each(vfDriver, { driver: 'none' }),
  [networkRestart, { ...bond, state: 'absent' }],
  [lag, { pfs, bond: 'bond0', state: 'disabled' }],
  [hwTcOffload, { interfaces: pfs, enabled: false }],
  ...each(eswitch, { mode: 'legacy' }),
  ...each(vfs, { count: 0, autoprobe: true }),
  [bondFiles, { ...bond, state: 'absent' }],
  [remember, { pfs, state: 'absent' }],
]
const representorNames = {
  'rhel7.7': ['ens2f0_0', 'ens2f0_1', 'ens2f1_0', 'ens2f1_1'],
  el9: ['ens2f0r0', 'ens2f0r1', 'ens2f1r0', 'ens2f1r1'],
}

test.each(profiles)(
  'the whole procedure on a modelled %s: made, found made, taken down, back to what it was',
  async (profile) => {
    const { machine, client } = makeMachines(profile)
    machine.state.packages['mstflint'] = '4.21.0'
    const pristine = comparable(machine.state)

    expect(await converge(machine, firmwareTask)).toBe('changed')
    await machine.reboot()
    for (const task of rollOut(representorNames[profile])) await converge(machine, task)

    const facts = await learn(machine)
    for (const task of rollOut(representorNames[profile])) {
      const [module] = task
      const plan = await planOf(machine, task, facts)
      expect([module.name, plan]).toEqual([module.name, expect.objectContaining({ kind: 'unchanged' })])
    }

    const before = await planOf(machine, [portCounters, { pfs }], facts)
    await converge(client, [iperf3, { server: '198.51.100.11', streams: 16, seconds: 5 }])
    const since = before.kind === 'unchanged' ? before.data : {}
    expect(await planOf(machine, [portCounters, { pfs, since, expect: 'both' }], facts)).toMatchObject({
      kind: 'unchanged',
    })

    // One port fails: traffic goes on over the other, and comes back to both.
    await converge(machine, [link, { interfaces: ['ens2f1'], state: 'down' }])
    await converge(machine, [bondStatus, { ...bond, ports: ['ens2f0'], failed: ['ens2f1'] }])
    const failing = await planOf(machine, [portCounters, { pfs }], facts)
    await converge(client, [iperf3, { server: '198.51.100.11', streams: 16, seconds: 5 }])
    const sinceFailing = failing.kind === 'unchanged' ? failing.data : {}
    const oneLeft: Task = [portCounters, { pfs, since: sinceFailing, expect: 'one', only: 'ens2f0' }]
    expect(await planOf(machine, oneLeft, facts)).toMatchObject({ kind: 'unchanged' })
    await converge(machine, [link, { interfaces: ['ens2f1'], state: 'up' }])
    await converge(machine, [bondStatus, bond])

    // Out of order: each step is refused while the one before it is not done.
    const wrongOrder: readonly Task[] = [
      [networkRestart, { ...bond, state: 'absent' }],
      [eswitch, { pf: 'ens2f0', mode: 'legacy' }],
      [vfs, { pf: 'ens2f0', count: 0 }],
      [hwTcOffload, { interfaces: pfs, enabled: false }],
    ]
    const writes = machine.writes.length
    for (const task of wrongOrder) {
      const plan = await planOf(machine, task, facts)
      expect([task[0].name, plan]).toEqual([task[0].name, expect.objectContaining({ kind: 'blocked' })])
    }
    expect(machine.writes).toHaveLength(writes)

    for (const task of tearDown) await converge(machine, task)
    for (const task of tearDown)
      expect(await planOf(machine, task, await learn(machine))).toMatchObject({ kind: 'unchanged' })
    expect(comparable(machine.state)).toEqual(pristine)
  },
)

test.each(profiles)(
  'the VFs of a modelled %s are trusted in legacy mode, once, and stay it in switchdev mode',
  async (profile) => {
    const { machine } = makeMachines(profile)
    machine.state.packages['mstflint'] = '4.21.0'
    await converge(machine, firmwareTask)
    await machine.reboot()
    for (const task of [...each(vfs, { count: 2, autoprobe: false }), ...each(vfDriver, { driver: 'none' })])
      await converge(machine, task)
    const untouched = comparable(machine.state)
    const rights: Task = [vfSettings, { pf: 'ens2f0', trust: true, spoofchk: true }]
    const none: Task = [vfSettings, { pf: 'ens2f0', trust: false, spoofchk: false }]
    const kept = () => machine.state.cards[0].pfs.map((pf) => pf.vfs.map(({ trust, spoofchk }) => [trust, spoofchk]))
    const granted = [Array(2).fill([true, true]), Array(2).fill([undefined, undefined])]

    expect([await converge(machine, rights), kept()]).toEqual(['changed', granted])
    expect(await converge(machine, rights)).toBe('ok')
    expect(await converge(machine, none)).toBe('changed')
    expect(comparable(machine.state)).toEqual(untouched)
    await converge(machine, rights)

    for (const task of each(eswitch, { mode: 'switchdev' })) await converge(machine, task)
    expect([await converge(machine, rights), kept()]).toEqual(['ok', granted])
    const writes = machine.writes.length
    const facts = await learn(machine)
    const refusal = (what: string) => ({
      kind: 'blocked',
      because: expect.stringMatching(
        new RegExp(`^${what} of VF 0 .* cannot be set in switchdev mode: the driver refuses it \\(EOPNOTSUPP\\)`),
      ),
      hint: expect.stringContaining('while the e-switch of ens2f'),
    })
    expect(await planOf(machine, none, facts)).toMatchObject(refusal('trust and spoofchk'))
    const late: Task = [vfSettings, { pf: 'ens2f1', trust: true }]
    expect(await planOf(machine, late, facts)).toMatchObject(refusal('trust'))
    expect(machine.writes).toHaveLength(writes)
  },
)

function makeMachines(os: ProfileName) {
  const fabric = createFabric()
  const time = instantTime()
  const card = os === 'el9' ? 'cx6dx' : 'cx5ex'
  const vms = [{ name: 'vm1', address: '198.51.100.11' }]
  const machine = createMachine(pristineState('hv1', { os, card, firmware: 'strict' }, { vms }), { fabric, time })
  const client = createMachine(
    pristineState('client1', { os: 'client', card: 'none', firmware: 'strict' }, { vms: [] }),
    { fabric, time },
  )
  fabric.add(machine, { mode: 'lacp' })
  fabric.add(client, { mode: 'none' })
  return { machine, client }
}

/** Does a task as the engine does: plan, steps, and looks until the plan is unchanged. */
async function converge(machine: Machine, task: Task): Promise<'changed' | 'ok'> {
  const [module] = task
  const facts = await learn(machine)
  const limit = module.settles ? module.settles.within(withDefaults(module, task[1])) : 0
  let changed = false
  let waited = 0
  for (;;) {
    const plan = await planOf(machine, task, facts)
    switch (plan.kind) {
      case 'unchanged':
        return changed ? 'changed' : 'ok'
      case 'change': {
        if (changed && waited > limit) throw new Error(`${module.name} never settles: ${JSON.stringify(plan.deltas)}`)
        if (!changed) {
          const { steps } = await machine.perform({ before: [], steps: plan.steps, after: [] })
          const wrong = steps.findIndex((each) => each.state !== 'done')
          if (wrong >= 0)
            throw new Error(
              `${module.name}: ${JSON.stringify(plan.steps[wrong])} ended with ${JSON.stringify(steps[wrong])}`,
            )
        }
        changed = true
        break
      }
      case 'wait':
        if (waited > plan.upTo) throw new Error(`${module.name}: ${plan.because}`)
        break
      default:
        throw new Error(`${module.name} is ${plan.kind}: ${plan.because}`)
    }
    await machine.time.sleep(0.5)
    waited += 0.5
  }
}

async function planOf(machine: Machine, [module, args]: Task, facts: Facts): Promise<Plan> {
  const given = withDefaults(module, args)
  const first = module.reads?.(given, facts) ?? []
  const seen = (await machine.perform(look(first))).before
  const more = module.more?.(given, Readings.of(first, seen), facts) ?? []
  const rest = (await machine.perform(look(more))).before
  const state = module.state(given, Readings.of([...first, ...more], [...seen, ...rest]), facts)
  return module.plan(given, state, { ...tinyContext, facts, render: shippedTemplates })
}

async function learn(machine: Machine): Promise<Facts> {
  return parseFacts(Readings.of(factReads, (await machine.perform(look(factReads))).before), machine.state.name)
}
