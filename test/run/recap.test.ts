import { describe, expect, test } from 'vitest'
import type { Counters, Outcome } from '../../src/run/outcome.ts'
import { countOutcome, exitStatus, newTally } from '../../src/run/recap.ts'

const zero = newTally()
const none = { interrupted: false, bug: false, failOnChange: false }

describe('counting an outcome', () => {
  test.each<[Outcome, Partial<Counters>]>([
    ['ok', { ok: 1 }],
    ['changed', { ok: 1, changed: 1 }],
    ['ignored', { ok: 1, ignored: 1 }],
    ['skipped', { skipped: 1 }],
    ['failed', { failed: 1 }],
    ['rescued', { rescued: 1 }],
    ['unreachable', { unreachable: 1 }],
    ['lost', { unreachable: 1 }],
    ['unpredicted', { unpredicted: 1 }],
  ])('%s adds %j, as in the recap of Ansible', (outcome, added) => {
    const tally = newTally()
    countOutcome(tally, outcome)
    expect(tally).toEqual({ ...zero, ...added })
  })
})

describe('the exit status', () => {
  test.each<[string, Partial<Counters>[], Partial<typeof none>, number]>([
    ['0 when everybody is fine', [{ ok: 3, changed: 1 }], {}, 0],
    ['2 when a host failed, also beside an unreachable one', [{ failed: 1 }, { unreachable: 1 }], {}, 2],
    ['4 when a host was unreachable and none failed', [{ ok: 1 }, { unreachable: 1 }], {}, 4],
    ['3 when changes are pending and that was asked about', [{ ok: 1, changed: 1 }], { failOnChange: true }, 3],
    ['3 when it cannot be said whether changes are pending', [{ ok: 1, unpredicted: 1 }], { failOnChange: true }, 3],
    ['0 when nothing is pending and that was asked about', [{ ok: 1 }], { failOnChange: true }, 0],
    ['130 when the run was interrupted', [{ failed: 1 }], { interrupted: true }, 130],
    ['1 when something of ours threw', [{ failed: 1 }], { bug: true }, 1],
  ])('is %s', (_title, hosts, ending, status) => {
    expect(
      exitStatus(
        hosts.map((each) => ({ ...zero, ...each })),
        { ...none, ...ending },
      ),
    ).toBe(status)
  })
})
