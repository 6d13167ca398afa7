import { createColors } from 'picocolors'

/** Functions that put text into colour, or leave it as it is when `on` is false. */
export type Colors = ReturnType<typeof createColors>

/** The colours of a terminal, on or off; whether they are on is decided in src/cli and nowhere else. */
export function colors(on: boolean): Colors {
  return createColors(on)
}
