import { parse } from 'just-bash'
import { expect, test } from 'vitest'
import { isUnfinished } from '../../src/lab/shell/unfinished.ts'

test.each([
  'echo "a',
  "echo 'a\nb",
  'for i in a b; do',
  'for i in a b; do\necho $i',
  'while :; do',
  'if true; then',
  '{ echo a',
  '(echo a',
  'echo $(ls',
  'a=(1',
  'f() {',
  'echo a |',
  'echo a && ',
  'echo a ||',
  'echo a \\',
  'cat << EOF > f',
  'cat << EOF > f\nfoo',
  'cat << EOF >> f; echo then',
])('after %j the shell asks for more', (text) => {
  expect(isUnfinished(text, parse)).toBe(true)
})

test.each([
  '',
  'ip link',
  'echo a; done',
  'echo "a"; fi; ls',
  'echo a \\\\',
  'sleep 1 &',
  'for i in a b; do\necho $i\ndone',
  'cat << EOF > f\nfoo\nEOF',
])('%j is whole, or wrong whatever follows', (text) => {
  expect(isUnfinished(text, parse)).toBe(false)
})
