import type { TemplateValue } from '../playbook/types.ts'
import type { Value } from '../shared/value.ts'
import type { Place } from '../source/diagnostic.ts'
import { compileTemplate } from '../template/render.ts'

const nowhere: Place = { file: '', line: 1, column: 1, length: 1, text: '' }

/**
 * Makes plain data renderable: text with `{{` becomes a template. For values that come from outside a playbook
 * (inventories). A text that does not compile stays as it is: it was reported when the inventory was loaded.
 */
export function compileValue(value: Value, place: Place = nowhere): TemplateValue {
  if (typeof value === 'string' && value.includes('{{')) {
    const template = compileTemplate(value)
    return template.ok ? { kind: 'template', template: template.value, place } : { kind: 'constant', value }
  }
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => compileValue(item, place)) }
  if (typeof value === 'object' && value !== null) {
    return {
      kind: 'map',
      entries: Object.entries(value).map(([key, item]) => [key, compileValue(item, place)] as const),
    }
  }
  return { kind: 'constant', value }
}
