import { describe, expect, test } from 'vitest'
import { beforePath, beforeText, parseBefore } from '../../../src/modules/card/before.ts'
import { eswitch } from '../../../src/modules/card/eswitch.ts'
import { hwTcOffload } from '../../../src/modules/card/hw-tc-offload.ts'
import { remember } from '../../../src/modules/card/remember.ts'
import { vfs } from '../../../src/modules/card/vfs.ts'
import { hvFacts, hypervisor, planFor, profiles, shown } from '../../support/readings.ts'

const pfs = ['ens2f0', 'ens2f1']
const port = { name: 'ens2f0', vfs: 0, autoprobe: true, mode: 'legacy', steering: null, hw_tc_offload: false }
const before = { pfs: { '0000:61:00.0': port, '0000:61:00.1': { ...port, name: 'ens2f1' } }, firmware_tool: false }
const note = (over: object = {}) => ({
  files: { [beforePath]: beforeText({ ...before, pfs: { ...before.pfs, '0000:61:00.0': { ...port, ...over } } }) },
})

describe.each(profiles)('remember on %s', (profile) => {
  const facts = hvFacts(profile)
  const pristine = shown(hypervisor(profile), { commands: { 'mstconfig -v': null } })

  test('notes once what the host is', () => {
    expect(planFor(remember, { pfs }, pristine, facts)).toEqual({
      kind: 'change',
      deltas: [{ what: beforePath, before: null, after: beforeText(before), text: true }],
      steps: [
        { kind: 'mkdir', path: '/var/lib/vflag-play', mode: '0755' },
        { kind: 'write', path: beforePath, content: beforeText(before), mode: '0644' },
      ],
      data: { found: true, ...before },
    })
    const later = shown(hypervisor(profile, { vfs: 2, mode: 'switchdev' }), {
      ...note(),
      commands: { 'mstconfig -v': '' },
    })
    expect(planFor(remember, { pfs }, later, facts)).toEqual({
      kind: 'unchanged',
      because: 'what this host was before the roll-out is noted',
      data: { found: true, ...before },
    })
  })

  test('says that there is nothing to take down where nothing is noted', () => {
    expect(planFor(remember, { pfs, state: 'read' }, pristine, facts)).toEqual({
      kind: 'unchanged',
      because: 'no roll-out was begun on this host, so there is nothing to take down',
      data: { found: false, firmware_tool: true, pfs: {} },
    })
  })

  test('does not guess when the note is damaged', () => {
    const host = shown(hypervisor(profile), { files: { [beforePath]: '{"version": 1, "pfs"' } })
    expect(planFor(remember, { pfs, state: 'read' }, host, facts)).toMatchObject({
      kind: 'blocked',
      because: `${beforePath} is damaged, but must say what this host was before the roll-out`,
    })
  })

  test('forgets the note alone while originals wait to be put back', () => {
    const original = '/var/lib/vflag-play/backup/etc/sysconfig/network-scripts/ifcfg-ens2f0'
    const steps = (files: Readonly<Record<string, string>>) =>
      planFor(remember, { pfs, state: 'absent' }, shown(hypervisor(profile), { files }), facts)
    const { files } = note()
    expect(steps({ ...files, [original]: 'DEVICE=ens2f0\n' })).toMatchObject({
      steps: [{ kind: 'remove', path: beforePath, recursive: false }],
    })
  })

  test.each([
    ['vfs', vfs, { pf: 'ens2f0', count: 'before' }],
    ['eswitch', eswitch, { pf: 'ens2f0', mode: 'before' }],
    ['hw_tc_offload', hwTcOffload, { interfaces: pfs, enabled: 'before' }],
  ])('%s leaves alone what nobody noted', (_name, module, args) => {
    const host = hypervisor(profile, { vfs: 2, mode: 'switchdev', autoprobe: false })
    expect(planFor(module, args, host, facts)).toMatchObject({ kind: 'unchanged' })
  })

  test('vfs gives back the number and the probing that were noted', () => {
    const host = shown(hypervisor(profile, { vfs: 2, autoprobe: false }), note({ autoprobe: false }))
    expect(planFor(vfs, { pf: 'ens2f0', count: 'before' }, host, facts)).toMatchObject({
      steps: [{ path: '/sys/bus/pci/devices/0000:61:00.0/sriov_numvfs', value: '0' }],
    })
  })

  test('eswitch gives back the mode that was noted', () => {
    const host = hypervisor(profile, { vfs: 2, mode: 'switchdev' })
    const args = { pf: 'ens2f0', mode: 'before' }
    expect(planFor(eswitch, args, shown(host, note({ mode: 'switchdev' })), facts)).toMatchObject({ kind: 'unchanged' })
    expect(planFor(eswitch, args, shown(host, note()), facts)).toMatchObject({
      steps: [{ argv: ['devlink', 'dev', 'eswitch', 'set', 'pci/0000:61:00.0', 'mode', 'legacy'] }],
    })
  })
})

test.each(['', 'null', '[]', '{}', '{"version":2,"pfs":{}}', '{"version":1,"pfs":{"a":{}}}'])(
  '%j is no note',
  (text) => {
    expect(parseBefore(text)).toBeNull()
  },
)
