import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildXml, parseXml, type XmlElement } from '../../src/shared/xml.ts'

describe('parseXml', () => {
  it('keeps order, attributes and text', () => {
    const text = `<?xml version='1.0'?>\n<!-- note -->\n<domain type="kvm">\n  <name>a &amp; b</name>\n  <devices><disk/><interface type='hostdev'/><disk/></devices>\n</domain>\n`
    expect(parseXml(text)).toEqual({
      ok: true,
      value: {
        name: 'domain',
        attributes: { type: 'kvm' },
        children: [
          { name: 'name', attributes: {}, children: ['a & b'] },
          {
            name: 'devices',
            attributes: {},
            children: [
              { name: 'disk', attributes: {}, children: [] },
              { name: 'interface', attributes: { type: 'hostdev' }, children: [] },
              { name: 'disk', attributes: {}, children: [] },
            ],
          },
        ],
      },
    })
  })

  it.each([
    ['', 'line 1: Start tag expected.'],
    ['<a><b></a>', "line 1: Expected closing tag 'b' (opened in line 1, col 4) instead of closing tag 'a'."],
    ['no xml', "line 1: char 'n' is not expected."],
  ])('says what is wrong with %j', (text, error) => {
    expect(parseXml(text)).toEqual({ ok: false, error })
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseXml(text).ok === 'boolean'))
    fc.assert(fc.property(fc.string(), (text) => typeof parseXml(`<a b='${text}'>${text}</a>`).ok === 'boolean'))
  })
})

describe('buildXml', () => {
  it('prints as libvirt does', () => {
    const element: XmlElement = {
      name: 'interface',
      attributes: { type: 'hostdev', managed: 'yes' },
      children: [
        { name: 'mac', attributes: { address: '52:54:00:01:00:01' }, children: [] },
        { name: 'title', attributes: {}, children: ["it's <big>"] },
        { name: 'source', attributes: {}, children: [{ name: 'address', attributes: { type: 'pci' }, children: [] }] },
      ],
    }
    expect(buildXml(element, 2)).toBe(
      [
        `    <interface type='hostdev' managed='yes'>`,
        `      <mac address='52:54:00:01:00:01'/>`,
        `      <title>it&apos;s &lt;big&gt;</title>`,
        `      <source>`,
        `        <address type='pci'/>`,
        `      </source>`,
        `    </interface>`,
        '',
      ].join('\n'),
    )
  })

  it('prints what parseXml reads back', () => {
    const name = fc.constantFrom('a', 'b', 'c-d', 'e1')
    const words = fc.stringMatching(/^[a-z<>&'" ]*[a-z<>&'"]$/).map((text) => text.trim())
    const { element } = fc.letrec<{ element: XmlElement }>((tie) => ({
      element: fc.record({
        name,
        attributes: fc.dictionary(name, fc.stringMatching(/^[a-z<>&'"]+$/), { maxKeys: 2, noNullPrototype: true }),
        children: fc.oneof(
          { depthSize: 'small' },
          words.map((text) => [text]),
          fc.array(tie('element'), { maxLength: 3 }),
        ),
      }),
    }))
    fc.assert(
      fc.property(element, (each) => {
        expect(parseXml(buildXml(each))).toEqual({ ok: true, value: each })
      }),
    )
  })
})
