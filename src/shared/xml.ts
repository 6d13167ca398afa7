import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { err, ok, type Result } from './result.ts'

/** An XML element; text between elements that is only white space is left out. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly (XmlElement | string)[]
}

/** Reads a document with one root element; the error says what is wrong and where. Never throws. */
export function parseXml(text: string): Result<XmlElement, string> {
  try {
    const valid = XMLValidator.validate(text)
    if (valid !== true) return err(`line ${valid.err.line}: ${valid.err.msg}`)
    const parsed: unknown = parser.parse(text)
    const roots = elements(parsed)
    const root = roots.find((each): each is XmlElement => typeof each !== 'string')
    return root ? ok(root) : err('the document is empty, but must have a root element')
  } catch (cause) {
    return err(cause instanceof Error ? cause.message : String(cause))
  }
}

/** Prints an element as libvirt does: two spaces a level, single quotes, text on the line of its element; ends with a newline. */
export function buildXml(element: XmlElement, depth = 0): string {
  const indent = '  '.repeat(depth)
  const attributes = Object.entries(element.attributes).map(([name, value]) => ` ${name}='${escapeXml(value)}'`)
  const open = `${indent}<${element.name}${attributes.join('')}`
  if (element.children.length === 0) return `${open}/>\n`
  if (element.children.every((each) => typeof each === 'string')) {
    return `${open}>${element.children.map(escapeXml).join('')}</${element.name}>\n`
  }
  const inner = element.children.map((each) =>
    typeof each === 'string' ? `${indent}  ${escapeXml(each)}\n` : buildXml(each, depth + 1),
  )
  return `${open}>\n${inner.join('')}${indent}</${element.name}>\n`
}

/** The elements of a name directly below an element. */
export function childrenNamed(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((each): each is XmlElement => typeof each !== 'string' && each.name === name)
}

/** The first element of a name directly below an element, or null. */
export function childNamed(element: XmlElement, name: string): XmlElement | null {
  return childrenNamed(element, name)[0] ?? null
}

/** The text directly in an element. */
export function xmlText(element: XmlElement): string {
  return element.children.filter((each) => typeof each === 'string').join('')
}

/** Makes text safe inside an element or a quoted attribute. */
function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll("'", '&apos;')
    .replaceAll('"', '&quot;')
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
})

// With preserveOrder each node is {name: [children], ':@': {attributes}}, and text is {'#text': ...}.
function elements(nodes: unknown): (XmlElement | string)[] {
  if (!Array.isArray(nodes)) return []
  const found: (XmlElement | string)[] = []
  for (const node of nodes as readonly unknown[]) {
    if (typeof node !== 'object' || node === null) continue
    let attributes: Record<string, string> = {}
    for (const [key, value] of Object.entries(node)) {
      if (key === ':@' && typeof value === 'object' && value !== null) {
        attributes = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, String(each)]))
      }
    }
    for (const [key, value] of Object.entries(node)) {
      if (key === ':@' || key === '#comment') continue
      if (key === '#text') found.push(String(value))
      else found.push({ name: key, attributes, children: elements(value) })
    }
  }
  return found
}
