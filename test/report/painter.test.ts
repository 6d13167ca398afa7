import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Painter } from '../../src/report/painter.ts'
import { FakeScreen } from '../support/fake-screen.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const up = '\u001b[1A\u001b[2K'

test('a frame is painted at most ten times a second, however often it changes', () => {
  const screen = new FakeScreen({ columns: 80, rows: 24 })
  const painter = new Painter(screen, Date.now)
  let number = 0
  painter.show(() => `frame ${++number}`)
  for (let at = 0; at < 1000; at++) {
    painter.schedule()
    vi.advanceTimersByTime(1)
  }
  expect(number).toBe(10)
  expect(screen.writes[0]).toBe('\u001b[?25lframe 1\n')
  expect(screen.writes[1]).toBe(`${up}\rframe 2\n`)
})

test('lines that stay push the frame down, and the end gives the cursor back', () => {
  const screen = new FakeScreen({ columns: 80, rows: 24 })
  const painter = new Painter(screen, Date.now)
  painter.show(() => 'one\ntwo')
  vi.advanceTimersByTime(100)
  painter.persist(['stays'])
  vi.advanceTimersByTime(100)
  painter.end()
  expect(screen.writes).toEqual([
    '\u001b[?25lone\ntwo\n',
    `${up}${up}\rstays\n`,
    'one\ntwo\n',
    `${up}${up}\r`,
    '\u001b[?25h',
  ])
  expect(vi.getTimerCount()).toBe(0)
})

test('what is over in a moment is not painted, and the cursor is left alone', () => {
  const screen = new FakeScreen({ columns: 80, rows: 24 })
  const painter = new Painter(screen, Date.now)
  painter.show(() => 'short')
  vi.advanceTimersByTime(50)
  painter.clear()
  painter.end()
  expect(screen.writes).toEqual([])
})

test('a frame taller than the terminal is cut, and wrapped lines are erased whole', () => {
  const screen = new FakeScreen({ columns: 5, rows: 8 })
  const painter = new Painter(screen, Date.now)
  painter.show(() => 'a234567\nb\nc\nd\ne\nf')
  vi.advanceTimersByTime(100)
  painter.end()
  expect(screen.writes).toEqual(['\u001b[?25la234567\nb\nc\n  … 3 more\n', `${up.repeat(6)}\r`, '\u001b[?25h'])
})
