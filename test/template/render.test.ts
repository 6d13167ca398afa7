import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Unknown } from '../../src/shared/unknown.ts'
import type { Vars } from '../../src/shared/value.ts'
import { compileTemplate } from '../../src/template/render.ts'

const vars: Vars = {
  bond: 'bond0',
  on: true,
  off: false,
  vfs: 4,
  mtu: null,
  no: 'no',
  ports: ['ens2f0', 'ens2f1'],
  none: [],
  opts: { miimon: 100, mode: '802.3ad' },
  vms: [
    { name: 'vm1', nics: [{ mac: 'a' }, { mac: 'b' }] },
    { name: 'vm2', nics: [] },
  ],
  pending: new Unknown('task "set firmware" was not performed'),
  'a-b': 1,
}

function render(text: string, kind: 'none' | 'xml' = 'none') {
  const compiled = compileTemplate(text, { escape: kind })
  return compiled.ok ? compiled.value.render(vars) : compiled
}

const text = (text: string) => {
  const rendered = render(text)
  return rendered.ok ? rendered.value : rendered.error
}

describe('a template', () => {
  it.each<[string, string]>([
    ['plain', 'plain'],
    ['a }} b', 'a }} b'],
    ['{{bond}}', 'bond0'],
    ['{{ bond }}', 'bond0'],
    ['{{{bond}}}', 'bond0'],
    ['{{vfs}}/{{on}}/{{off}}', '4/true/false'],
    ['{{a-b}} {{[a-b]}}', '1 1'],
    ['{{ports.[1]}} {{ports.length}}', 'ens2f1 2'],
    ['{{opts.mode}}', '802.3ad'],
    ['{{this.bond}} {{./bond}} {{@root.bond}}', 'bond0 bond0 bond0'],
    ['\\{{bond}}', '{{bond}}'],
    ['{{{{raw}}}}{{bond}} {% if %}{{{{/raw}}}}', '{{bond}} {% if %}'],
    ['a{{! comment }}b{{!-- {{bond}} --}}c', 'abc'],
    ['{{#if on}}yes{{else}}no{{/if}}', 'yes'],
    ['{{#if off}}a{{else if (eq vfs 4)}}b{{else}}c{{/if}}', 'b'],
    ['{{#if off}}{{nope}}{{/if}}', ''],
    ['{{#unless off}}x{{else}}y{{/unless}}', 'x'],
    ['{{#each ports}}{{@index}}:{{this}}{{#unless @last}},{{/unless}}{{/each}}', '0:ens2f0,1:ens2f1'],
    ['{{#each opts}}{{@key}}={{this}}{{#if @first}} {{/if}}{{/each}}', 'miimon=100 mode=802.3ad'],
    ['{{#each none}}x{{else}}nothing{{/each}}', 'nothing'],
    ['{{#each ports as |port index|}}{{index}}{{port}}{{/each}}', '0ens2f01ens2f1'],
    [
      '{{#each vms}}{{name}}({{#each nics}}{{../name}}.{{mac}}@{{@../index}}{{/each}}){{/each}}',
      'vm1(vm1.a@0vm1.b@0)vm2()',
    ],
    ['{{#each ports}}{{bond}}{{../bond}}{{@root.bond}}{{/each}}', 'bond0bond0bond0bond0bond0bond0'],
    ['{{#with opts}}{{mode}} {{bond}} {{../vfs}}{{/with}}', '802.3ad bond0 4'],
    ['{{#with opts as |o|}}{{o.mode}}{{/with}}', '802.3ad'],
    ['{{upper (join ports ",")}}', 'ENS2F0,ENS2F1'],
    ['{{#each ports}}\n  - {{this}}\n{{/each}}\nend\n', '  - ens2f0\n  - ens2f1\nend\n'],
    ['x {{~bond~}} y', 'xbond0y'],
    ['mode=4 & "<>"={{bond}}', 'mode=4 & "<>"=bond0'],
  ])('%j renders to %j', (source, expected) => {
    expect(text(source)).toBe(expected)
  })

  it.each<[string, unknown]>([
    ['{{ports}}', ['ens2f0', 'ens2f1']],
    ['{{ vfs }}', 4],
    ['{{mtu}}', null],
    ['{{eq vfs 4}}', true],
    ['{{add vfs 1}}', 5],
    ['{{true}}', true],
    ['{{"text"}}', 'text'],
    [' {{vfs}}', ' 4'],
    ['{{vfs}}{{vfs}}', '44'],
    ['{{#if on}}4{{/if}}', '4'],
    ['4', '4'],
  ])('the value of %j keeps its type', (source, expected) => {
    const compiled = compileTemplate(source)
    expect(compiled.ok && compiled.value.value(vars)).toEqual({ ok: true, value: expected })
  })

  it('is constant only without braces', () => {
    const constant = (source: string) => {
      const compiled = compileTemplate(source)
      return compiled.ok && compiled.value.constant
    }
    expect([constant('a'), constant('\\{{a}}'), constant('{{a}}')]).toEqual([true, false, false])
  })

  it.each<[string, object]>([
    [
      '{{bnd}}',
      {
        kind: 'undefined',
        message: 'the variable "bnd" is not defined',
        hint: 'did you mean "bond"?',
        span: { offset: 2, length: 3 },
      },
    ],
    [
      'x {{opts.mod}}',
      {
        kind: 'undefined',
        message: 'opts has no key "mod"',
        hint: 'did you mean "mode"?',
        span: { offset: 4, length: 8 },
      },
    ],
    [
      '{{ports.[2]}}',
      {
        kind: 'undefined',
        message: 'ports has 2 items, so there is no [2]; the first is [0]',
        span: { offset: 2, length: 9 },
      },
    ],
    [
      '{{bond.x}}',
      { kind: 'undefined', message: 'bond is text "bond0", so it has no key "x"', span: { offset: 2, length: 6 } },
    ],
    ['{{mtu.x}}', { kind: 'undefined', message: 'mtu is null, so it has no key "x"', span: { offset: 2, length: 5 } }],
    [
      '{{opts.constructor}}',
      { kind: 'undefined', message: 'opts has no key "constructor"', span: { offset: 2, length: 16 } },
    ],
    [
      '{{__proto__}}',
      { kind: 'undefined', message: 'the variable "__proto__" is not defined', span: { offset: 2, length: 9 } },
    ],
    [
      '{{#if nope}}{{/if}}',
      {
        kind: 'undefined',
        message: 'the variable "nope" is not defined',
        span: { offset: 6, length: 4 },
        hint: 'did you mean "none"?',
      },
    ],
    [
      '{{#each nope.x}}{{/each}}',
      {
        kind: 'undefined',
        message: 'the variable "nope" is not defined',
        span: { offset: 8, length: 6 },
        hint: 'did you mean "none"?',
      },
    ],
    [
      '{{#each vms}}{{nmae}}{{/each}}',
      {
        kind: 'undefined',
        message: 'vms.[0] has no key "nmae", and the variable "nmae" is not defined',
        hint: 'did you mean "name"?',
        span: { offset: 15, length: 4 },
      },
    ],
    [
      '{{#if no}}{{/if}}',
      {
        kind: 'type',
        message: 'no is text "no", but #if needs true or false',
        hint: 'set it to true or false without quotes',
        span: { offset: 6, length: 2 },
      },
    ],
    [
      '{{#unless vfs}}{{/unless}}',
      {
        kind: 'type',
        message: 'vfs is the number 4, but #unless needs true or false',
        hint: 'compare it: (ne vfs 0)',
        span: { offset: 10, length: 3 },
      },
    ],
    [
      '{{#if ports}}{{/if}}',
      {
        kind: 'type',
        message: 'ports is the list ["ens2f0", "ens2f1"], but #if needs true or false',
        hint: 'compare its length: (gt (length ports) 0)',
        span: { offset: 6, length: 5 },
      },
    ],
    [
      '{{#if mtu}}{{/if}}',
      {
        kind: 'type',
        message: 'mtu is null, but #if needs true or false',
        hint: 'compare it: (ne mtu null)',
        span: { offset: 6, length: 3 },
      },
    ],
    [
      '{{#each bond}}{{/each}}',
      {
        kind: 'type',
        message: 'bond is text "bond0", but #each needs a list or a mapping',
        span: { offset: 8, length: 4 },
      },
    ],
    [
      '{{#with ports}}{{/with}}',
      {
        kind: 'type',
        message: 'ports is the list ["ens2f0", "ens2f1"], but #with needs a mapping',
        span: { offset: 8, length: 5 },
      },
    ],
    [
      'a {{ports}}',
      {
        kind: 'type',
        message: 'ports is the list ["ens2f0", "ens2f1"], but must be text, a number or a boolean to be printed',
        hint: 'use {{json ports}} or {{join ports ", "}}',
        span: { offset: 4, length: 5 },
      },
    ],
    [
      'a {{opts}}',
      {
        kind: 'type',
        message:
          'opts is the mapping {miimon: 100, mode: "802.3ad"}, but must be text, a number or a boolean to be printed',
        hint: 'use {{json opts}}, or name one of its keys',
        span: { offset: 4, length: 4 },
      },
    ],
    [
      'a {{mtu}}',
      {
        kind: 'type',
        message: 'mtu is null, but must be text, a number or a boolean to be printed',
        hint: 'set it, or print it with {{json mtu}}',
        span: { offset: 4, length: 3 },
      },
    ],
    [
      '{{pending.stdout}}',
      {
        kind: 'unknown',
        message: 'pending is unknown: task "set firmware" was not performed',
        span: { offset: 2, length: 14 },
      },
    ],
  ])('%j gives no value', (source, problem) => {
    expect(text(source)).toEqual(problem)
  })

  it.each<[string, object]>([
    [
      "{{ x | default('y') }}",
      {
        message: `{{ x | default('y') }} pipes a value through "default", but helpers come first in Handlebars: {{helper value}}`,
        hint: "the Handlebars way is {{default x 'y'}}",
        span: { offset: 0, length: 22 },
      },
    ],
    [
      'a {{ a.b[0] }}',
      {
        message: '{{ a.b[0] }} is no Handlebars expression, but must be {{name}}, {{a.b}} or {{helper value}}',
        hint: 'the Handlebars way is {{a.b.[0]}}',
        span: { offset: 2, length: 12 },
      },
    ],
    [
      '{{ x == y }}',
      {
        message: '{{ x == y }} is no Handlebars expression, but must be {{name}}, {{a.b}} or {{helper value}}',
        hint: 'the Handlebars way is {{eq x y}}',
        span: { offset: 0, length: 12 },
      },
    ],
    [
      '{{ x is defined }}',
      { message: '"x" is no helper', hint: 'the Handlebars way is {{defined x}}', span: { offset: 3, length: 1 } },
    ],
    [
      "{{ 'a' if b else 'c' }}",
      {
        message: `"'a'" is no helper`,
        hint: 'the Handlebars way is {{#if b}}a{{else}}c{{/if}}',
        span: { offset: 3, length: 3 },
      },
    ],
    [
      '{{#if x == y}}{{/if}}',
      {
        message: '{{#if x == y}} is no Handlebars expression, but must be {{name}}, {{a.b}} or {{helper value}}',
        hint: 'the Handlebars way is {{#if (eq x y)}}',
        span: { offset: 0, length: 14 },
      },
    ],
    [
      '{{#if eq x y}}{{/if}}',
      { message: '{{#if}} has 3 arguments, but must have 1', hint: '{{#if (eq x y)}}', span: { offset: 0, length: 5 } },
    ],
    [
      "{{ lookup('env', 'X') }}",
      {
        message:
          "{{ lookup('env', 'X') }} is no Handlebars expression, but must be {{name}}, {{a.b}} or {{helper value}}",
        span: { offset: 0, length: 24 },
      },
    ],
    [
      "{{ x.split(',') }}",
      {
        message: "{{ x.split(',') }} is no Handlebars expression, but must be {{name}}, {{a.b}} or {{helper value}}",
        hint: "the Handlebars way is {{split x ','}}",
        span: { offset: 0, length: 18 },
      },
    ],
    [
      '{% if x %}',
      {
        message: '"{% if" is a statement of Jinja, but templates are written in Handlebars',
        hint: '{{#if x}}; if the text is meant for Jinja, put it between {{{{raw}}}} and {{{{/raw}}}}',
        span: { offset: 0, length: 5 },
      },
    ],
    ['{{x', { message: '"{{" is never closed', hint: 'end it with "}}"', span: { offset: 0, length: 3 } }],
    ['{{}}', { message: '{{}} is empty, but must name a variable', span: { offset: 0, length: 4 } }],
    ['a\n{{#if x}}b', { message: '{{#if x}} is never closed', hint: '{{/if}}', span: { offset: 2, length: 9 } }],
    [
      '{{#if x}}{{/each}}',
      {
        message: '{{/each}} closes "each", but the open block is {{#if x}}',
        hint: '{{/if}}',
        span: { offset: 9, length: 9 },
      },
    ],
    ['{{/if}}', { message: '{{/if}} closes nothing', span: { offset: 0, length: 7 } }],
    ['{{else}}', { message: '{{else}} is not inside of a block', span: { offset: 0, length: 8 } }],
    ['{{jsn x}}', { message: '"jsn" is no helper', hint: 'did you mean "json"?', span: { offset: 2, length: 3 } }],
    [
      '{{#eahc x}}{{/eahc}}',
      {
        message: '{{#eahc}} is no block, but must be #if, #unless, #each or #with',
        hint: 'did you mean "each"?',
        span: { offset: 0, length: 7 },
      },
    ],
    [
      '{{#x}}{{/x}}',
      {
        message: '{{#x}} does not say what to do with "x"',
        hint: '{{#if x}} or {{#each x}}',
        span: { offset: 0, length: 4 },
      },
    ],
    [
      '{{^x}}{{/x}}',
      {
        message: '{{^x}} does not say what to do with "x"',
        hint: '{{#unless x}}...{{/unless}}',
        span: { offset: 0, length: 4 },
      },
    ],
    [
      '{{#eq a b}}{{/eq}}',
      {
        message: '"eq" is a helper, but must not open a block',
        hint: '{{#if (eq ...)}}',
        span: { offset: 0, length: 5 },
      },
    ],
    [
      '{{> part}}',
      {
        message: 'a partial ({{> ...}}) is not supported',
        hint: 'write its text here, or use the template task with both files',
        span: { offset: 0, length: 10 },
      },
    ],
    ['{{* part}}', { message: 'a decorator ({{* ...}}) is not supported', span: { offset: 0, length: 10 } }],
    [
      '{{json x indent=2}}',
      {
        message: 'json has the option indent=2, but takes no options',
        hint: 'write the value alone',
        span: { offset: 9, length: 8 },
      },
    ],
    ['{{this}}', { message: 'this would be all variables at once, but must name one', span: { offset: 2, length: 4 } }],
    [
      '{{../x}}',
      {
        message: '../x climbs out of the template: it is not inside of {{#each}} or {{#with}}',
        hint: '@root.x',
        span: { offset: 2, length: 4 },
      },
    ],
    ['{{@index}}', { message: '@index is only defined inside of {{#each}}', span: { offset: 2, length: 6 } }],
    [
      '{{@indx}}',
      {
        message: '@indx is not defined, but must be @index, @key, @first, @last or @root',
        hint: 'did you mean "@index"?',
        span: { offset: 2, length: 5 },
      },
    ],
  ])('%j is refused when it is loaded', (source, problem) => {
    expect(compileTemplate(source)).toEqual({ ok: false, error: [problem] })
  })

  it('has all its mistakes reported together', () => {
    const compiled = compileTemplate('{{jsn x}}\n{{> p}}\n{{@index}}')
    expect(!compiled.ok && compiled.error.map(({ span }) => span.offset)).toEqual([2, 10, 20])
  })

  it.each<[string, string]>([
    ['{{a}} {{b.c}} {{b.d}}', 'a b b'],
    ['{{helper}}', 'helper'],
    ['{{join xs sep}}', 'xs sep'],
    ['{{default a b}} {{defined c.d}}', 'a? b c?'],
    ['{{#if (defined a)}}{{a.b}}{{/if}}', 'a? a?'],
    ['{{#each xs}}{{name}} {{../a}} {{@root.b}} {{this.c}} {{@key}}{{/each}}', 'xs name? a b'],
    ['{{#each xs as |x i|}}{{x.y}} {{i}} {{z}}{{/each}}', 'xs z?'],
    ['{{#each xs}}{{#each ys}}{{../../a}} {{../b}}{{/each}}{{/each}}', 'xs ys? a'],
    ['{{#if a}}{{b}}{{else}}{{c}}{{/if}}', 'a b c'],
    ['{{lookup a b}} {{this.d}}', 'a b d'],
  ])('%j reads the names %j', (source, names) => {
    const compiled = compileTemplate(source)
    const shown =
      compiled.ok && compiled.value.names.map(({ name, guarded }) => (guarded ? `${name}?` : name)).join(' ')
    expect(shown).toBe(names)
  })
})

describe('XML', () => {
  const xml = (value: string) => {
    const compiled = compileTemplate('<a b="{{x}}">{{{y}}}</a>', { escape: 'xml' })
    return compiled.ok && compiled.value.render({ x: value, y: '<br/>' })
  }

  it('escapes what would end a text or attribute, and leaves triple braces alone', () => {
    expect(xml(`<&>"'\n`)).toEqual({ ok: true, value: '<a b="&lt;&amp;&gt;&quot;&apos;&#10;"><br/></a>' })
  })

  it.each(['\u0000', '\ud800', '\uffff'])('refuses the character %j, which no document can hold', (char) => {
    expect(xml(char)).toEqual({
      ok: false,
      error: {
        kind: 'other',
        message: 'x holds a control character, but XML has no way to write one',
        span: { offset: 8, length: 1 },
      },
    })
  })
})

describe('hostile values', () => {
  it('that contain themselves are refused', () => {
    const loop: Record<string, never> = {}
    Object.assign(loop, { self: loop })
    const compiled = compileTemplate('{{json x}}')
    expect(compiled.ok && compiled.value.render({ x: loop })).toEqual({
      ok: false,
      error: { kind: 'other', message: 'x contains itself', span: { offset: 0, length: 10 } },
    })
  })

  it('that are nested without end are refused', () => {
    let deep: readonly never[] | readonly unknown[] = []
    for (let level = 0; level < 10_000; level++) deep = [deep]
    const compiled = compileTemplate('{{x}}')
    expect(compiled.ok && compiled.value.value({ x: deep as never })).toMatchObject({
      ok: false,
      error: { kind: 'other' },
    })
  })

  it('that grow when they are written out are refused', () => {
    let shared: unknown[] = []
    for (let level = 0; level < 60; level++) shared = [shared, shared]
    const compiled = compileTemplate('{{json x}}')
    expect(compiled.ok && compiled.value.value({ x: shared as never })).toMatchObject({
      error: { message: 'x is too large to be handed on' },
    })
  })

  const templates = [
    '{{x}}',
    '{{x.a.b}}',
    '{{json x}}',
    '{{#each x}}{{@key}}{{json this}}{{/each}}',
    '{{#if x}}{{/if}}',
    '{{x.constructor.constructor}}',
    '{{x.__proto__.toString}}',
    '{{lookup x "constructor"}}',
    '{{keys x}}',
    '{{sortBy x "toString"}}',
  ]

  it('never make rendering throw, and never show a prototype', () => {
    const names = fc.constantFrom('a', 'b', 'constructor', '__proto__', 'toString', 'length', 'then')
    const values = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.array(fc.tuple(names, tie('value')), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)),
      ),
    })).value
    fc.assert(
      fc.property(fc.constantFrom(...templates), values, (source, x) => {
        const compiled = compileTemplate(source)
        if (!compiled.ok) throw new Error(source)
        const rendered = compiled.value.value({ x: x as never })
        expect(JSON.stringify(rendered)).not.toMatch(/native code|\[object/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('any text', () => {
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{{#if x}}',
    '{{/if}}',
    '{{else}}',
    '{{#each xs}}',
    '{{/each}}',
    '{{{',
    '}}}',
    '{{!--',
    '--}}',
    '{{{{raw}}}}',
    '{{{{/raw}}}}',
    '\\',
    '|',
    '"',
    "'",
    '(',
    ')',
    'json x',
    '@index',
    '../',
    '.',
    '[0]',
    '=',
    ' ',
    '\n',
    '\r\n',
    '\r',
    'é',
    '{%- if',
    '~',
    '^',
    '>',
  )
  const source = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 20 }).map((parts) => parts.join('')),
  )

  it('compiles or gives problems that lie inside of it', () => {
    fc.assert(
      fc.property(source, (text) => {
        const compiled = compileTemplate(text)
        const spans = compiled.ok
          ? compiled.value.names.map(({ span }) => span)
          : compiled.error.map(({ span }) => span)
        if (!compiled.ok) expect(compiled.error.length).toBeGreaterThan(0)
        for (const { offset, length } of spans) {
          expect(offset).toBeGreaterThanOrEqual(0)
          expect(length).toBeGreaterThanOrEqual(0)
          expect(offset + length).toBeLessThanOrEqual(text.length)
        }
        if (compiled.ok) compiled.value.render({})
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([`${'{{#if x}}'.repeat(1_500)}{{/each}}`, `{{${'(not '.repeat(1_500)}x}}`, '{'.repeat(20_000)])(
    'that is nested without end is refused',
    (text) => {
      expect(compileTemplate(text).ok).toBe(false)
    },
  )

  it('of ten thousand lines compiles in less than ten seconds', () => {
    const lines = '{{x}}\n'.repeat(10_000)
    const compiled = compileTemplate(lines)
    expect(compiled.ok && compiled.value.render({ x: 1 })).toEqual({ ok: true, value: '1\n'.repeat(10_000) })
  }, 10_000)

  it('without braces renders to itself', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('{')),
        (text) => {
          const compiled = compileTemplate(text)
          expect(compiled.ok && compiled.value.render({})).toEqual({ ok: true, value: text })
        },
      ),
    )
  })
})
