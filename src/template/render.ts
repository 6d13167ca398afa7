import Handlebars from 'handlebars'
import { err, ok, type Result } from '../shared/result.ts'
import type { Vars } from '../shared/value.ts'
import type { EvaluationProblem, LanguageProblem, Template } from './language.ts'
import { jinjaStatement, parseProblem } from './template-problem.ts'
import { type ReadTemplate, readTemplate } from './template-read.ts'
import { type Escape, evaluateAlone, renderParts } from './template-run.ts'
import { caught } from './trouble.ts'

/** How a template is compiled. */
export interface TemplateOptions {
  /** How values become part of the text; `none` when not given. */
  readonly escape?: Escape
}

/**
 * Compiles text with `{{...}}`. Handlebars parses it, so syntax and white space are its own; but its tree is evaluated
 * here and never becomes code: the code that Handlebars makes prints nothing for what is missing, also in `{{#if}}` and
 * `{{#each}}`, prints objects as `[object Object]`, and was the way in of its worst holes (CVE-2021-23369, CVE-2026-33937).
 */
export function compileTemplate(
  text: string,
  options: TemplateOptions = {},
): Result<Template, readonly LanguageProblem[]> {
  if (!text.includes('{{')) {
    const jinja = jinjaStatement(text, 0)
    return jinja ? err([jinja]) : ok(constant(text))
  }
  const program = parse(text)
  if (program === null) return err([parseProblem(text, (piece) => parse(piece) !== null)])
  const read = readOrNull(program, text)
  if (read === null) return err([{ message: 'the template is nested too deeply', span: { offset: 0, length: 1 } }])
  return read.problems.length > 0 ? err(read.problems) : ok(compiled(text, read, options.escape ?? 'none'))
}

function parse(text: string): hbs.AST.Program | null {
  try {
    return Handlebars.parse(text)
  } catch {
    return null
  }
}

function readOrNull(program: hbs.AST.Program, text: string): ReadTemplate | null {
  try {
    return readTemplate(program, text)
  } catch (thrown) {
    // The engine's own limit, reached by blocks nested thousands of levels deep.
    if (thrown instanceof RangeError) return null
    throw thrown
  }
}

function constant(text: string): Template {
  return { source: text, constant: true, names: [], render: () => ok(text), value: () => ok(text) }
}

function compiled(source: string, { parts, names }: ReadTemplate, escaping: Escape): Template {
  const render = (vars: Vars) => evaluated(() => renderParts(parts, vars, escaping))
  const [only] = parts
  const alone = parts.length === 1 && only?.kind === 'output' ? only.expression : undefined
  const value = alone === undefined ? render : (vars: Vars) => evaluated(() => evaluateAlone(alone, vars))
  return { source, constant: false, names, render, value }
}

function evaluated<T>(work: () => T): Result<T, EvaluationProblem> {
  try {
    return ok(work())
  } catch (thrown) {
    return err(caught(thrown))
  }
}
