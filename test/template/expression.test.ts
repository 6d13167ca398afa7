import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Unknown } from '../../src/shared/unknown.ts'
import type { Vars } from '../../src/shared/value.ts'
import { functions } from '../../src/template/condition-functions.ts'
import { compileCondition, compileConditions } from '../../src/template/expression.ts'
import { exampleVars } from '../../src/template/reference.ts'

const result = (outcome: string, more = {}) => ({
  outcome,
  changed: outcome === 'changed',
  failed: outcome === 'failed',
  skipped: outcome === 'skipped',
  because: '',
  deltas: [],
  ...more,
})

const vars = deepFreeze({
  bond: 'bond0',
  sentence: 'a and b is not in c',
  ports: ['ens2f0', 'ens2f1'],
  vfs: 4,
  half: 0.5,
  yes: true,
  no: false,
  quoted: 'false',
  mtu: null,
  empty: '',
  numbers: [1, 2, 3],
  odd: { 'a-b': 1, in: 2, true: 3 },
  opts: { miimon: 100, mode: '802.3ad', same: { miimon: 100 } },
  vms: [
    { name: 'vm1', up: true },
    { name: 'vm2', up: false },
  ],
  changed: result('changed', { rc: 0, stdout: 'bond0 is up\n' }),
  ok: result('ok'),
  failed: result('failed', { rc: 1 }),
  ignored: result('ignored'),
  skipped: result('skipped'),
  lost: result('lost'),
  unreachable: result('unreachable'),
  firmware: { reboot_required: true },
  vflag_reboot: false,
  groups: { clients: ['client1'], hypervisors: ['hv1'] },
  hostvars: { client1: { traffic: { changed: false } }, hv1: {} },
  later: { known: 1, unknown: new Unknown('task "x" was not performed') } as never,
  pending: new Unknown('task "set firmware" was not performed'),
}) satisfies Vars

function test(text: string) {
  const compiled = compileCondition(text)
  if (!compiled.ok) return compiled.error
  const tested = compiled.value.test(vars)
  return tested.ok ? tested.value : tested.error
}

describe('a condition', () => {
  it.each([
    // what the shipped playbooks say
    'firmware.reboot_required && !vflag_reboot',
    "'traffic' in hostvars[groups.clients[0]]",
    "!('traffic' in hostvars[groups.hypervisors[0]])",
    // words
    'yes and not no',
    'no or yes',
    'no and no or yes',
    'yes or no and no',
    'not no',
    'not not yes',
    'not vfs == 5',
    'not vfs > 5 and yes',
    'not (yes and no)',
    "not 'x' in ports",
    '(not no) == yes',
    'not no ? yes : no',
    '[not yes, not no][1]',
    "'x' not in ports",
    "'x' not in ports and yes",
    "not 'ens2f0' not in ports",
    "('x' not in ports) == true",
    "'ens2f0' in ports",
    'True and not False',
    'mtu == None',
    // texts are left alone
    "sentence == 'a and b is not in c'",
    `sentence == "a and b" + " is not in c"`,
    `'''not a''' == "not a"`,
    `r'\\d' == "\\\\d"`,
    "'|' + '=' == '|='",
    // tests
    'bond is defined',
    'nope is not defined',
    'nope is undefined',
    'opts.mode is defined',
    'opts.nope.deeper is undefined',
    'ports[1] is defined and ports[2] is not defined',
    "odd['a-b'] is defined",
    'mtu is defined',
    'nope is defined and nope.x > 1 or yes',
    'not nope is defined',
    'changed is changed and ok is not changed',
    'failed is failed and ignored is failed and ok is not failed',
    'skipped is skipped and skipped is succeeded',
    'ok is success and failed is not success and lost is not succeeded',
    'lost is lost and unreachable is not lost',
    'lost is unreachable and unreachable is unreachable',
    'mtu is none and bond is not none',
    'yes is true and no is false and yes is boolean',
    'bond is string and vfs is not string',
    'vfs is number and vfs is integer and half is float',
    'opts is mapping and ports is sequence and bond is not sequence',
    "bond is in ['bond0'] and bond is not in ports",
    // filters
    'nope | default(3) == 3',
    "nope.a.b | default('') == ''",
    "empty | default('x', true) == 'x'",
    "empty | default('x') == ''",
    'mtu | default(1) is none',
    '(nope | default([])) | length == 0',
    'ports | length == 2',
    'ports|length==2 and ports|first=="ens2f0"',
    "'4' | int == vfs",
    "'off' | bool == false",
    "bond | upper == 'BOND0'",
    "ports | join(',') == 'ens2f0,ens2f1'",
    // text in text, as in Ansible
    "'is up' in changed.stdout",
    "'down' not in changed.stdout",
    "changed.stdout.contains('bond0')",
    // numbers
    'vfs + 1 == 5',
    'vfs / 2 == 2',
    '7 / 2 == 3',
    '7 / 2.0 == 3.5',
    'vfs * half == 2',
    'vfs == 4.0',
    'vfs > 3.5 and half < 1',
    'vfs % 3 == 1',
    '-vfs == -4',
    '9007199254740993 == 9007199254740992 + 1',
    '2 in numbers and 2.0 in numbers',
    '0x10 == 16',
    // CEL
    'has(opts.mode) && !has(opts.nope) && !has(nope.x)',
    'vms.exists(vm, vm.up) && !vms.all(vm, vm.up) && vms.exists_one(vm, vm.up)',
    "vms.filter(vm, vm.up).map(vm, vm.name) == ['vm1']",
    "vms.map(vm, vm.up, vm.name) == ['vm1']",
    "opts.exists(key, key == 'mode')",
    'yes ? true : nope',
    'opts.same == {"miimon": 100}',
    '[1] + [2] == [1, 2]',
    "size(bond) == 5 && bond.size() == 5 && size('äö') == 2",
    "bond.startsWith('bond') && bond.endsWith('0') && bond.matches('^bond[0-9]$')",
    "'mode' in opts",
    'odd.in == 2 and odd.true == 3',
    "opts['mode'] == opts.mode",
    'vms[0].name\n  == "vm1"',
    '!(false && nope)',
    'true || nope',
    'not (no and nope.x)',
  ])('%s holds', (text) => {
    expect(test(text)).toBe(true)
  })

  it.each(functions.map(({ name, example }) => ({ name, example })))('the example of $name holds', ({ example }) => {
    const compiled = compileCondition(example)
    expect(compiled.ok && compiled.value.test(exampleVars)).toEqual({ ok: true, value: true })
  })

  it('knows each function by a name of its own', () => {
    expect(new Set(functions.map((each) => each.name)).size).toBe(functions.length)
  })

  it.each<[string, object]>([
    [
      'vfz == 4',
      {
        kind: 'undefined',
        message: 'the variable "vfz" is not defined',
        hint: 'did you mean "vfs"?',
        span: { offset: 0, length: 3 },
      },
    ],
    [
      'nope || true',
      {
        kind: 'undefined',
        message: 'the variable "nope" is not defined',
        span: { offset: 0, length: 4 },
      },
    ],
    [
      'yes and opts.mod == 1',
      {
        kind: 'undefined',
        message: 'opts has no key "mod"',
        hint: 'did you mean "mode"?',
        span: { offset: 8, length: 8 },
      },
    ],
    [
      'opts["mod"] == 1',
      {
        kind: 'undefined',
        message: 'opts has no key "mod"',
        hint: 'did you mean "mode"?',
        span: { offset: 0, length: 11 },
      },
    ],
    [
      'ports[2] == ""',
      {
        kind: 'undefined',
        message: 'ports has 2 items, so there is no [2]; the first is [0]',
        span: { offset: 0, length: 8 },
      },
    ],
    [
      'off',
      {
        kind: 'undefined',
        message: 'the variable "off" is not defined',
        hint: 'write true or false',
        span: { offset: 0, length: 3 },
      },
    ],
    [
      'opts.constructor == 1',
      { kind: 'undefined', message: 'opts has no key "constructor"', span: { offset: 0, length: 16 } },
    ],
    [
      'bond',
      {
        kind: 'type',
        message: 'bond is text "bond0", but a condition must be true or false',
        hint: 'compare it: bond == "..."',
      },
    ],
    [
      'quoted',
      {
        kind: 'type',
        message: 'quoted is text "false", but a condition must be true or false',
        hint: 'set it to true or false without quotes, or write quoted | bool',
      },
    ],
    [
      'vfs',
      {
        kind: 'type',
        message: 'vfs is the number 4, but a condition must be true or false',
        hint: 'compare it: vfs != 0',
      },
    ],
    [
      'mtu',
      {
        kind: 'type',
        message: 'mtu is null, but a condition must be true or false',
        hint: 'compare it: mtu is not none',
      },
    ],
    [
      'ports',
      {
        kind: 'type',
        message: 'ports is the list ["ens2f0", "ens2f1"], but a condition must be true or false',
        hint: 'compare its length: ports | length > 0',
      },
    ],
    [
      'yes and quoted',
      {
        kind: 'type',
        message: 'quoted is text "false", but "and" needs true or false',
        hint: 'set it to true or false without quotes, or write quoted | bool',
        span: { offset: 8, length: 6 },
      },
    ],
    [
      'not vfs',
      {
        kind: 'type',
        message: 'vfs is the number 4, but "not" needs true or false',
        hint: 'compare it: vfs != 0',
        span: { offset: 4, length: 3 },
      },
    ],
    [
      "vfs == '4'",
      {
        kind: 'type',
        message: 'the number 4 is compared with text "4", which are never equal',
        hint: 'write both with quotes or both without',
        span: { offset: 0, length: 10 },
      },
    ],
    [
      "no != 'false'",
      {
        kind: 'type',
        message: 'false is compared with text "false", which are never equal',
        hint: 'write true or false without quotes',
        span: { offset: 0, length: 13 },
      },
    ],
    [
      'vfs > bond',
      {
        kind: 'type',
        message: '">" compares two numbers or two texts, but got the number 4 and text "bond0"',
        hint: 'write both without quotes, so that they are numbers',
        span: { offset: 0, length: 10 },
      },
    ],
    [
      '1 < vfs < 8',
      {
        kind: 'type',
        message: '"<" compares two numbers or two texts, but got true and the number 8',
        hint: 'ask for both ends apart: 1 < x and x < 8',
        span: { offset: 0, length: 11 },
      },
    ],
    [
      "bond + 1 == ''",
      {
        kind: 'type',
        message: '"+" cannot be used with text "bond0" and the number 1',
        hint: 'turn the number into text with string()',
        span: { offset: 0, length: 8 },
      },
    ],
    [
      '0 in bond',
      {
        kind: 'type',
        message: '"in" looks for text in text, so its left side must be text, but is the number 0',
        hint: 'put it in quotes: "0"',
        span: { offset: 0, length: 9 },
      },
    ],
    [
      'bond in mtu',
      {
        kind: 'type',
        message: 'the right side of "in" must be a list, a mapping or text, but is null',
        span: { offset: 0, length: 11 },
      },
    ],
    [
      'opts is changed',
      {
        kind: 'type',
        message:
          'the value given to "changed" is the mapping {miimon: 100, mode: "802.3ad", same: {miimon: 100}}, but must be the registered result of a task',
        span: { offset: 0, length: 15 },
      },
    ],
    [
      "version_ge(5.10, '5.4')",
      {
        kind: 'type',
        message: 'value 1 given to "version_ge" is the number 5.1, but must be text',
        hint: 'put the version in quotes: "5.10" as a number is 5.1',
        span: { offset: 0, length: 23 },
      },
    ],
    ['1 / 0 == 1', { kind: 'other', message: 'the number 1 is divided by zero', span: { offset: 0, length: 5 } }],
    [
      '9223372036854775807 + 1 > 0',
      {
        kind: 'other',
        message: 'the result is beyond the range of whole numbers (64 bits)',
        span: { offset: 0, length: 23 },
      },
    ],
    [
      "bond.matches('(')",
      {
        kind: 'other',
        message: 'the pattern "(" is no regular expression of JavaScript',
        span: { offset: 0, length: 17 },
      },
    ],
  ])('%s gives no answer', (text, problem) => {
    expect(test(text)).toEqual(problem)
  })

  it.each<[string, object]>([
    ['', { message: 'the condition is empty, but must be an expression', span: { offset: 0, length: 0 } }],
    [
      'vfs = 4',
      { message: '"=" has no meaning in a condition', hint: 'compare with "=="', span: { offset: 4, length: 1 } },
    ],
    [
      '{{ vfs }} == 4',
      {
        message: '"{{" is not needed: a condition is an expression already',
        hint: 'write the name without braces',
        span: { offset: 0, length: 2 },
      },
    ],
    [
      'a === b',
      { message: '"===" has no meaning in a condition', hint: 'compare with "=="', span: { offset: 2, length: 3 } },
    ],
    [
      'a & b',
      { message: '"&" has no meaning in a condition', hint: 'write "and" or "&&"', span: { offset: 2, length: 1 } },
    ],
    ['a $ b', { message: '"$" has no meaning in a condition', span: { offset: 2, length: 1 } }],
    [
      'a // b',
      {
        message: '"//" has no meaning in a condition',
        hint: 'divide whole numbers with "/"',
        span: { offset: 2, length: 2 },
      },
    ],
    [
      'a b',
      {
        message: '"b" follows a value, but an operator must be between them',
        hint: 'join conditions with "and" or "or"',
        span: { offset: 2, length: 1 },
      },
    ],
    [
      'a not b',
      {
        message: '"not" follows a value, but an operator must be between them',
        hint: 'join conditions with "and" or "or"',
        span: { offset: 2, length: 3 },
      },
    ],
    ['a ==', { message: 'the condition ends after "==", where a value is missing', span: { offset: 2, length: 2 } }],
    ['a and', { message: 'the condition ends after "and", where a value is missing', span: { offset: 2, length: 3 } }],
    [
      'and a',
      { message: 'the condition begins with "and", but a value must be there', span: { offset: 0, length: 3 } },
    ],
    ['a and == b', { message: '"==" follows "and", but a value must be there', span: { offset: 6, length: 2 } }],
    ['(a', { message: '"(" is never closed', span: { offset: 0, length: 1 } }],
    ['a)', { message: '")" closes nothing', span: { offset: 1, length: 1 } }],
    ['(a]', { message: '"]" is found where "(" must be closed', hint: 'write ")"', span: { offset: 2, length: 1 } }],
    ["a == 'b", { message: 'the text is never closed', hint: "end it with '", span: { offset: 5, length: 2 } }],
    [
      'a ? b',
      {
        message: 'the condition ends after "b", but "?" needs a ":" as well',
        hint: 'condition ? value : otherwise',
        span: { offset: 4, length: 1 },
      },
    ],
    [
      'a if b else c',
      {
        message: '"if" does not follow a value in a condition',
        hint: 'write condition ? value : otherwise',
        span: { offset: 2, length: 2 },
      },
    ],
    ['a.0 == 1', { message: '".0" is no key', hint: 'write [0]', span: { offset: 1, length: 2 } }],
    [
      'loop == 1',
      {
        message: '"loop" is a word of CEL, but must be another name',
        hint: 'rename the variable',
        span: { offset: 0, length: 4 },
      },
    ],
    [
      "'\\q' == a",
      {
        message: 'a backslash in a text must be followed by one of \\ " \' n r t x u',
        hint: 'double the backslash, or put r before the text',
        span: { offset: 0, length: 4 },
      },
    ],
    [
      'x is defned',
      {
        message: '"defned" is no test that conditions know',
        hint: 'did you mean "defined"?',
        span: { offset: 5, length: 6 },
      },
    ],
    [
      "x is match('a')",
      {
        message: '"match" is no test that conditions know',
        hint: 'write x.matches("^...")',
        span: { offset: 5, length: 5 },
      },
    ],
    [
      "x | regex_search('a')",
      {
        message: '"regex_search" is no filter that conditions know',
        hint: 'write x.matches("...")',
        span: { offset: 4, length: 12 },
      },
    ],
    [
      "x | selectattr('k')",
      {
        message: '"selectattr" is no filter that conditions know',
        hint: 'write x.filter(each, each.key == value)',
        span: { offset: 4, length: 10 },
      },
    ],
    [
      "lookup('env', 'X') == ''",
      {
        message: '"lookup" is no function that conditions know',
        hint: 'set it with vars or set_fact before',
        span: { offset: 0, length: 18 },
      },
    ],
    [
      "x.startswith('a')",
      {
        message: '"startswith" is no function that conditions know',
        hint: 'write x.startsWith("...")',
        span: { offset: 0, length: 17 },
      },
    ],
    [
      'sise(x) == 1',
      {
        message: '"sise" is no function that conditions know',
        hint: 'did you mean "size"?',
        span: { offset: 0, length: 7 },
      },
    ],
    [
      'size(x, y) == 1',
      { message: '"size" is given 2 values, but must be given 1', hint: 'size(x)', span: { offset: 0, length: 10 } },
    ],
    ['has(1)', { message: 'only a variable or a key can be asked for with "has"', span: { offset: 4, length: 1 } }],
    [
      'x.exists(y)',
      {
        message: '"exists" must be given a name and a condition',
        hint: 'x.exists(each, each ...)',
        span: { offset: 0, length: 11 },
      },
    ],
    [
      "b'x' == x",
      {
        message: 'bytes and unsigned numbers are not known in conditions',
        hint: 'write text or a number',
        span: { offset: 0, length: 4 },
      },
    ],
    [
      '99999999999999999999 > x',
      { message: '99999999999999999999 is no whole number of 64 bits', span: { offset: 0, length: 20 } },
    ],
  ])('%j is refused when it is loaded', (text, problem) => {
    expect(test(text)).toEqual([problem])
  })

  it.each<[string, string]>([
    ['a.b[c].d == e', 'a c e'],
    ['a is defined and a.b > 1', 'a? a?'],
    ['a | default(b) == 1 and a == 2', 'a? b a'],
    ['has(a.b[c])', 'a? c'],
    ['a.exists(x, x.y == b)', 'a b'],
    ["'a' == b.a", 'b'],
    ['size(a) == 1', 'a'],
  ])('%s reads the names %s', (text, names) => {
    const compiled = compileCondition(text)
    const shown =
      compiled.ok && compiled.value.names.map(({ name, guarded }) => (guarded ? `${name}?` : name)).join(' ')
    expect(shown).toBe(names)
  })

  it.each<[string, string]>([
    ['firmware.reboot_required && !vflag_reboot', 'firmware.reboot_required = true, vflag_reboot = false'],
    ["'traffic' in hostvars[groups.clients[0]]", 'hostvars[groups.clients[0]] = {traffic: {changed: false}}'],
    ["bond == 'x' or bond == 'y'", 'bond = "bond0"'],
    ['changed is changed and failed.rc == 0', 'changed.outcome = "changed", failed.rc = 1'],
    ['nope is defined', 'nope is not defined'],
    ['pending is changed', 'pending.outcome is unknown'],
    ['vms.exists(vm, vm.up == no)', 'vms = [{name: "vm1", up: true}, {name: "vm2", up: false}], no = false'],
    ['1 == 1', ''],
  ])('%s is explained with the values it saw', (text, explained) => {
    const compiled = compileCondition(text)
    expect(compiled.ok && compiled.value.explain(vars)).toBe(explained)
  })

  it('has long values cut when it is explained', () => {
    const compiled = compileCondition('x == ""')
    expect(compiled.ok && compiled.value.explain({ x: 'y'.repeat(100_000) })).toBe(`x = "${'y'.repeat(58)}…`)
  })

  it('ends a pattern that backtracks for years', () => {
    const compiled = compileCondition("x.matches('^(a+)+$')")
    expect(compiled.ok && compiled.value.test({ x: `${'a'.repeat(40)}b` })).toMatchObject({
      error: { kind: 'other', message: 'the pattern "^(a+)+$" takes too long on this text' },
    })
  })
})

describe('what check mode does not know', () => {
  const unknown = {
    kind: 'unknown',
    message: 'pending is unknown: task "set firmware" was not performed',
    span: { offset: 0, length: 7 },
  }

  it.each<[string, unknown]>([
    ['pending.rc == 0', unknown],
    ['pending is changed', unknown],
    ['pending is changed and no', false],
    ['no and pending.rc == 0', false],
    ['pending.rc == 0 or yes', true],
    ['pending.rc == 0 and yes', unknown],
    ['pending.rc == 0 or no', unknown],
    ['pending.rc == 0 or nope', unknown],
    ['pending.rc == 0 ? yes : yes', unknown],
    ['pending is defined', true],
    ['pending.rc | default(1) == 1', unknown],
    ["'unknown' in later", true],
    ['later.known == 1', true],
    ['numbers.exists(n, n == 3 or pending.rc == n)', true],
    ['numbers.all(n, n == 1 and pending.rc == n)', false],
  ])('%s is %j', (text, expected) => {
    expect(test(text)).toEqual(expected)
  })
})

describe('several conditions', () => {
  it('have their mistakes reported together, each with its number', () => {
    expect(compileConditions(['a', 'b =', 'c and'])).toEqual({
      ok: false,
      error: [
        {
          index: 1,
          message: '"=" has no meaning in a condition',
          hint: 'compare with "=="',
          span: { offset: 2, length: 1 },
        },
        {
          index: 2,
          message: 'the condition ends after "and", where a value is missing',
          span: { offset: 2, length: 3 },
        },
      ],
    })
  })
})

describe('any text', () => {
  const piece = fc.constantFrom(
    'a',
    'b.c',
    'and',
    'or',
    'not',
    'in',
    'is',
    'defined',
    'changed',
    '|',
    'default',
    'size',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '==',
    '=',
    '<',
    '!',
    '-',
    '+',
    '1',
    '2.5',
    "'x'",
    '"',
    "'",
    '?',
    ':',
    ',',
    '.',
    'exists',
    'x',
    'null',
    '\\',
    '\n',
    '{{',
    '//',
    'é',
  )
  const source = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(piece, fc.string({ maxLength: 2 })), { maxLength: 15 }).map((parts) => parts.join(' ')),
  )

  it('compiles or gives problems that lie inside of it, and is tested without throwing', () => {
    fc.assert(
      fc.property(source, (text) => {
        const compiled = compileCondition(text)
        const spans = compiled.ok
          ? compiled.value.names.map(({ span }) => span)
          : compiled.error.map(({ span }) => span)
        if (!compiled.ok) expect(compiled.error.length).toBeGreaterThan(0)
        for (const { offset, length } of spans) {
          expect(offset).toBeGreaterThanOrEqual(0)
          expect(offset + length).toBeLessThanOrEqual(text.length)
        }
        if (compiled.ok) {
          for (const { name, span } of compiled.value.names)
            expect(text.slice(span.offset, span.offset + span.length)).toBe(name)
          compiled.value.test({ a: 1, b: { c: [1, 'x'] }, x: new Unknown('because') })
          compiled.value.explain({ a: 1, x: new Unknown('because') })
        }
      }),
      { numRuns: 1_500 },
    )
  })

  it.each([
    '!'.repeat(9_000),
    '('.repeat(9_000),
    'a'.repeat(20_000),
    `a${' + a'.repeat(2_400)}`,
    'not '.repeat(2_000),
    '['.repeat(5_000),
    '-'.repeat(9_000),
  ])('that is nested without end is refused', (text) => {
    expect(compileCondition(text).ok).toBe(false)
  })
})

function deepFreeze<T extends object>(value: T): T {
  for (const each of Object.values(value)) if (typeof each === 'object' && each !== null) deepFreeze(each)
  return Object.freeze(value)
}
