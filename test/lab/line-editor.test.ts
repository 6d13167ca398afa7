import { expect, test } from 'vitest'
import { LineEditor } from '../../src/lab/shell/line-editor.ts'

test.each([
  ['ip link\r', [{ kind: 'line', text: 'ip link' }], 'ip link\r\n'],
  ['a\r\nb\n', ['a', 'b'].map((text) => ({ kind: 'line', text })), 'a\r\nb\r\n'],
  ['ax\u007fü\r', [{ kind: 'line', text: 'aü' }], 'ax\b \bü\r\n'],
  ['\u007fa\b\b\r', [{ kind: 'line', text: '' }], 'a\b \b\r\n'],
  ['ab\u0015c\r', [{ kind: 'line', text: 'c' }], 'ab\b \b\b \bc\r\n'],
  ['a bc \u0017\r', [{ kind: 'line', text: 'a ' }], 'a bc \b \b\b \b\b \b\r\n'],
  ['a\u001b[A\u001b[1;5C\u001bOHb\u0009\r', [{ kind: 'line', text: 'ab' }], 'ab\r\n'],
  ['a\u0003b\r', [{ kind: 'interrupt' }, { kind: 'line', text: 'b' }], 'a^C\r\nb\r\n'],
  ['a\u0004\u007f\u0004', [{ kind: 'end' }], 'a\b \b'],
])('typing %j', (typed, finished, echo) => {
  const shown: string[] = []
  const editor = new LineEditor((text) => shown.push(text))
  expect([editor.type(typed), shown.join('')]).toEqual([finished, echo])
})
