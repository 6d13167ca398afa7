import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hostKey } from '../../src/lab/keys.ts'
import { takeLock } from '../../src/lab/lock.ts'
import { type LabHost, labSettings } from '../../src/lab/settings.ts'
import { loadState, resetLab, saveState, statePath } from '../../src/lab/store.ts'
import type { MachineState } from '../../src/machine/state.ts'
import type { Value } from '../../src/shared/value.ts'
import { temporary } from './temporary.ts'

function host(lab: Value = {}, vflag_vms: Value = []): LabHost {
  const result = labSettings('hv1.lab', { lab, vflag_vms })
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

// The store looks at nothing inside; it only wants to see the parts of a machine.
const state = JSON.parse(
  JSON.stringify({
    ...{ name: 'hv1', profile: {}, boot: { id: 'a' }, files: { '/etc/motd': 'grüße' }, packages: {}, services: {} },
    ...{ cards: [{}], links: {}, ovs: {}, domains: {}, dmesg: [] },
  }),
) as MachineState

const next = 'run "vflag-play lab reset" to start again with pristine machines'

describe('machines between runs', () => {
  test('what was saved is found again, and nothing at first', async () => {
    const dir = join(await temporary(), 'lab')
    expect(await loadState(dir, host())).toBe(null)
    await saveState(dir, host(), state)
    expect(await loadState(dir, host({ switch: 'none', faults: { delay: 5 } }))).toEqual(state)
    expect(await readdir(dir)).toEqual(['hv1%2Elab.json'])
  })

  test.each<[string, string, string]>([
    ['{"format":1', 'damaged', 'the saved state of a machine'],
    ['[]', 'damaged', 'the saved state of a machine'],
    ['{"format":2,"made":"x","state":{}}', 'damaged', 'the saved state of a machine'],
    ['{"format":1,"made":"x","state":{}}', 'of format 1', 'of format 2'],
  ])('a file that says %s is refused and stays', async (text, is, must) => {
    const dir = await temporary()
    const path = statePath(dir, 'hv1.lab')
    await writeFile(path, text)
    const message = `The lab's file ${path} is ${is}, but must be ${must}`
    await expect(loadState(dir, host())).rejects.toMatchObject({ name: 'LabError', message, hint: next })
    expect(await readdir(dir)).toEqual(['hv1%2Elab.json'])
  })

  test.each<[Value, Value, string]>([
    [{ os: 'el9' }, [], 'el9, card cx6dx, firmware strict'],
    [{ firmware: 'lax' }, [], 'rhel7.7, card cx5ex, firmware lax'],
    [{}, [{ name: 'vm1', address: '192.0.2.1' }], 'rhel7.7, card cx5ex, firmware strict, guests vm1=192.0.2.1'],
  ])('a machine that was made otherwise than %j with %j is refused', async (lab, vms, made) => {
    const dir = await temporary()
    await saveState(dir, host(), state)
    const path = statePath(dir, 'hv1.lab')
    const message = `The lab's file ${path} is of another machine (rhel7.7, card cx5ex, firmware strict), but must be of one made as the inventory says (${made})`
    await expect(loadState(dir, host(lab, vms))).rejects.toMatchObject({ message, hint: next })
  })
})

describe('reset', () => {
  test('forgets machines and keys, and leaves what is not the lab’s', async () => {
    const dir = await temporary()
    await saveState(dir, host(), state)
    await hostKey(dir, 'hv1')
    await writeFile(join(dir, 'notes.txt'), '')
    expect(await resetLab(dir)).toEqual(['hv1%2Elab.json', 'keys'])
    expect(await readdir(dir)).toEqual(['notes.txt'])
  })

  test('forgets one machine when it is named', async () => {
    const dir = await temporary()
    await saveState(dir, host(), state)
    await saveState(dir, { ...host(), name: 'hv2' }, state)
    expect(await resetLab(dir, { host: 'hv2' })).toEqual(['hv2.json'])
    expect(await readdir(dir)).toEqual(['hv1%2Elab.json'])
  })

  test('refuses while a run uses the machines, and is content when there are none', async () => {
    const dir = await temporary()
    await saveState(dir, host(), state)
    const lock = await takeLock(dir, 1, new Date())
    await expect(resetLab(dir)).rejects.toThrow(/is in use by another run/)
    await lock.release()
    expect(await resetLab(join(dir, 'nothing'))).toEqual([])
  })
})
