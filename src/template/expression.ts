import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import { err, ok, type Result } from '../shared/result.ts'
import type { Vars } from '../shared/value.ts'
import { checkCondition } from './condition-check.ts'
import { explainCondition } from './condition-explain.ts'
import { syntaxProblem } from './condition-problem.ts'
import { evaluateCondition, notBoolean } from './condition-run.ts'
import { desugar } from './condition-sugar.ts'
import type { Node } from './condition-tree.ts'
import type { Condition, EvaluationProblem, LanguageProblem, Span } from './language.ts'
import { caught } from './trouble.ts'

/**
 * Compiles a condition: an expression of CEL (github.com/google/cel-spec), in which Ansible's words work as well. The
 * package parses it; what its functions and operators do is decided in this folder, see docs/languages.md.
 */
export function compileCondition(text: string): Result<Condition, readonly LanguageProblem[]> {
  const read = readCondition(text)
  if (!read.ok) return err([read.error])
  const { problems, names } = checkCondition(read.value)
  if (problems.length > 0) return err(problems)
  const root = read.value
  return ok({
    source: text,
    names,
    test: (vars) => test(root, text, vars),
    explain: (vars) => explainCondition(root, vars),
  })
}

/** Compiles several; all their mistakes together, each with the number of its condition, from 0. */
export function compileConditions(
  texts: readonly string[],
): Result<readonly Condition[], readonly (LanguageProblem & { readonly index: number })[]> {
  const results = texts.map((text) => compileCondition(text))
  const problems = results.flatMap((result, index) =>
    result.ok ? [] : result.error.map((each) => ({ ...each, index })),
  )
  return problems.length > 0 ? err(problems) : ok(results.flatMap((result) => (result.ok ? [result.value] : [])))
}

function test(root: Node, source: string, vars: Vars): Result<boolean, EvaluationProblem> {
  try {
    const value = evaluateCondition(root, vars)
    if (typeof value === 'boolean') return ok(value)
    return err(notBoolean(source.trim(), value, 'but a condition must be true or false').problem)
  } catch (thrown) {
    return err(caught(thrown))
  }
}

const environment = new Environment({ unlistedVariablesAreDyn: true, limits: { maxAstNodes: 2_000, maxDepth: 100 } })

const maxLength = 10_000

function readCondition(source: string): Result<Node, LanguageProblem> {
  if (source.length > maxLength) {
    return err({
      message: `the condition has ${source.length} characters, but at most ${maxLength} are allowed`,
      span: { offset: 0, length: 1 },
    })
  }
  const plain = desugar(source)
  if (!('text' in plain)) return err(plain)
  try {
    return ok(convert(environment.parse(plain.text).ast, plain.spanOf))
  } catch (thrown) {
    if (thrown instanceof Refusal) return err(thrown.problem)
    const { code, range } = thrown instanceof ParseError ? thrown : { code: 'limit_exceeded', range: undefined }
    if (!(thrown instanceof ParseError) && !(thrown instanceof RangeError)) throw thrown
    return err(syntaxProblem(code, plain.spanOf(range?.start ?? 0, range?.end ?? 1), plain.tokens))
  }
}

class Refusal extends Error {
  readonly problem: LanguageProblem

  constructor(message: string, span: Span, hint?: string) {
    super(message)
    this.problem = { message, span, ...(hint !== undefined && { hint }) }
  }
}

const macros = ['all', 'exists', 'exists_one', 'filter', 'map'] as const

function convert(ast: ASTNode, spanOf: (start: number, end: number) => Span): Node {
  const span = spanOf(ast.start, ast.end)
  const inner = (node: ASTNode) => convert(node, spanOf)
  switch (ast.op) {
    case 'value': {
      const value = ast.args
      if (typeof value === 'bigint' && value !== BigInt.asIntN(64, value)) {
        throw new Refusal(`${value} is no whole number of 64 bits`, span)
      }
      if (typeof value !== 'object' || value === null) return { kind: 'literal', value, span }
      throw new Refusal('bytes and unsigned numbers are not known in conditions', span, 'write text or a number')
    }
    case 'id':
      return { kind: 'name', name: ast.args, span }
    case '.':
      return { kind: 'member', of: inner(ast.args[0]), key: ast.args[1], span }
    case '[]':
      return { kind: 'index', of: inner(ast.args[0]), key: inner(ast.args[1]), span }
    case 'call':
      return { kind: 'call', name: ast.args[0], args: ast.args[1].map(inner), method: false, span }
    case 'rcall': {
      const [name, receiver, args] = ast.args
      const macro = macros.find((each) => each === name)
      const [variable, ...steps] = args
      if (macro && variable && (steps.length === 1 || (macro === 'map' && steps.length === 2))) {
        if (variable.op !== 'id')
          throw new Refusal(`"${name}" must be given a name first`, spanOf(variable.start, variable.end))
        return { kind: 'over', macro, of: inner(receiver), variable: variable.args, steps: steps.map(inner), span }
      }
      if (macro) throw new Refusal(`"${name}" must be given a name and a condition`, span, `x.${name}(each, each ...)`)
      return { kind: 'call', name, args: [inner(receiver), ...args.map(inner)], method: true, span }
    }
    case 'list':
      return { kind: 'list', items: ast.args.map(inner), span }
    case 'map':
      return { kind: 'map', entries: ast.args.map(([key, value]) => [inner(key), inner(value)] as const), span }
    case '?:':
      return { kind: 'choice', condition: inner(ast.args[0]), yes: inner(ast.args[1]), no: inner(ast.args[2]), span }
    case '||':
    case '&&':
      return { kind: 'logic', operator: ast.op, left: inner(ast.args[0]), right: inner(ast.args[1]), span }
    case '!_':
      return { kind: 'not', of: inner(ast.args), span }
    case '-_':
      return { kind: 'minus', of: inner(ast.args), span }
    case '.?':
    case '[?]':
      throw new Refusal('optional keys are not known in conditions', span, 'write x.y | default(value)')
    default:
      return { kind: 'binary', operator: ast.op, left: inner(ast.args[0]), right: inner(ast.args[1]), span }
  }
}
