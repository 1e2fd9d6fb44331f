import { type AnyNode, type CallExpression, type Node, parse } from 'acorn';
import { MUTATION_RUNTIME } from './mutation-runtime';

/** A call by which a workflow makes something happen: it leaves a command in the history. */
export interface CallSite {
  readonly id: number;
  readonly module: string;
  readonly line: number;
  /** Of an activity its name, else the function of the SDK. */
  readonly name: string;
  readonly isActivity: boolean;
}

/** A way that the code can take: a function, an arm of a condition, a handler of errors, a turn of a loop. */
export interface Branch {
  readonly id: number;
  readonly module: string;
  /** The function it is in, and what it is. */
  readonly what: string;
}

export interface InstrumentedBundle {
  readonly code: string;
  readonly sites: readonly CallSite[];
  readonly branches: readonly Branch[];
  /** The modules that hold sites, by their path from the folder of the build, as they are. */
  readonly modules: ReadonlyMap<string, string>;
}

/** What of the SDK leaves a command; a condition does when it has a time limit. */
const SDK_CALLS = new Set([
  'sleep',
  'condition',
  'startChild',
  'executeChild',
  'continueAsNew',
  'upsertSearchAttributes',
  'patched',
]);
const SDK_MODULE = /__webpack_require__\(\/\*! @temporalio\/workflow \*\/ "([^"]+)"\)/;

/**
 * A production bundle whose workflow code tells where it comes along, and in which each call can be left out, made twice, or
 * exchanged with its neighbour: which of them is changed in a replay is said by the memo of its history. The text of the bundle
 * is rewritten; everything that is not our workflow code stays as it was built, and so do validators of updates, which run
 * before there is anything in the history.
 */
export function instrumentBundle(bundle: string): InstrumentedBundle {
  const sites: CallSite[] = [];
  const branches: Branch[] = [];
  const modules = new Map<string, string>();
  const code = bundle.replaceAll(
    /^\/\*{3}\/ "(?<path>(?!.*node_modules)[^"]*\/dist\/[^"]+)"\n[^]*?\n(?<code>\([^]*?)\n\/\*{3}\/ \}/gm,
    (section: string, path: string, text: string) => {
      const sdk = SDK_MODULE.exec(text)?.[1];
      if (!sdk || !commandsIn(text)) return section;
      const module = path.replace(/^.*?(\w[\w-]*\/dist\/)/, '$1');
      modules.set(module, text);
      const rewritten = rewriteModule(text, { module, sdk, sites, branches });
      return section.replace(text, () => rewritten);
    },
  );
  return { code, sites, branches, modules };
}

function commandsIn(text: string): boolean {
  return /\.proxy(?:Local)?Activities\)/.test(text) || [...SDK_CALLS].some((name) => text.includes(`.${name})(`));
}

interface Context {
  readonly module: string;
  readonly sdk: string;
  readonly sites: CallSite[];
  readonly branches: Branch[];
}

/** `text` is a module as the bundler writes it, from its parameters on: `(module, exports, require) { … `. */
function rewriteModule(text: string, { module, sdk, sites, branches }: Context): string {
  const prefix = 'function f';
  const offset = prefix.length;
  const program = parse(`${prefix}${text}}`, { ecmaVersion: 2022, locations: true });
  const edits = new Edits();
  const activities = activitiesOf(program);
  const validators = validatorsOf(program);
  const first = sites.length;

  visit(program, []);
  const own = sites.slice(first).filter(({ isActivity }) => isActivity);
  const functions = own.map(({ id, name }) => `${id}: () => ${name}`).join(', ');
  const start = text.indexOf('{') + 1;
  edits.open(
    start + offset,
    `const $sdk = __webpack_require__(${JSON.stringify(sdk)}), $functions = {${functions}};${MUTATION_RUNTIME}`,
  );
  return edits.apply(`${prefix}${text}`).slice(offset);

  function branch(what: string, inside: readonly string[]): string {
    const id = branches.length;
    branches.push({ id, module, what: `${inside.join(' > ') || 'module'}: ${what}` });
    return `$seen("branch", ${id})`;
  }

  function visit(node: AnyNode, inside: readonly string[]): void {
    if (validators.has(node)) return;
    let where = inside;
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression': {
        if (node.start === 0) break;
        where = [...inside, 'id' in node && node.id ? node.id.name : nameOfArrow(node)];
        const seen = branch('runs', where);
        if (node.body.type === 'BlockStatement') edits.open(node.body.start + 1, `${seen};`);
        else edits.around(node.body, `(${seen}, `, ')');
        break;
      }
      case 'IfStatement': {
        const test = short(node.test);
        // What stands behind the arm is written before the arm itself: it is the outer one of two edits at one place.
        if (!node.alternate) edits.close(node.end, ` else {${branch(`not ${test}`, where)}}`);
        else arm(node.alternate, branch(`else of ${test}`, where));
        arm(node.consequent, branch(`if ${test}`, where));
        break;
      }
      case 'ConditionalExpression': {
        const test = short(node.test);
        edits.around(node.consequent, `(${branch(`${test} ?`, where)}, `, ')');
        edits.around(node.alternate, `(${branch(`${test} :`, where)}, `, ')');
        break;
      }
      case 'CatchClause':
        edits.open(node.body.start + 1, `${branch('catch', where)};`);
        break;
      case 'ForStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        arm(node.body, branch('turn of a loop', where));
        break;
      case 'CallExpression':
        call(node);
        break;
      default:
    }
    for (const child of childrenOf(node)) visit(child, where);
  }

  function arm(statement: Node, seen: string): void {
    if (statement.type === 'BlockStatement') edits.open(statement.start + 1, `${seen};`);
    else edits.around(statement, `{${seen};`, '}');
  }

  function call(node: CallExpression): void {
    const { callee } = node;
    const isActivity = callee.type === 'Identifier' && activities.has(callee.name);
    const name = isActivity ? callee.name : sdkFunction(node);
    if (name === undefined || (name === 'condition' && node.arguments.length < 2)) return;
    const id = sites.length;
    sites.push({ id, module, line: node.loc!.start.line, name, isActivity });
    edits.open(node.start, `$call(${id}, ${JSON.stringify(name)}, `);
    const bracket = source(callee.end).indexOf('(') + callee.end;
    edits.replace(bracket, bracket + 1, node.arguments.length > 0 ? ', ' : '');
  }

  function source(from: number): string {
    return `${prefix}${text}`.slice(from);
  }

  function short(node: Node): string {
    return source(node.start)
      .slice(0, node.end - node.start)
      .replaceAll(/\(0, \w+\.(\w+)\)/g, '$1')
      .replaceAll(/\s+/g, ' ')
      .slice(0, 60);
  }

  function nameOfArrow(node: Node): string {
    const before = `${prefix}${text}`.slice(0, node.start);
    return (
      /(?:const (\w+) = |(\w+): )(?:async )?$/.exec(before)?.slice(1).find(Boolean) ??
      /(\w+), (?:async )?$/.exec(before)?.[1] ??
      /([\w.]+)\)?\((?:async )?$/.exec(before)?.[1] ??
      'function'
    );
  }
}

/** Names that a module gives to what `proxyActivities` and `proxyLocalActivities` make. */
function activitiesOf(program: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const look = (node: AnyNode): void => {
    if (node.type === 'VariableDeclarator' && node.id.type === 'ObjectPattern' && node.init && proxies(node.init)) {
      for (const property of node.id.properties)
        if (property.type === 'Property' && property.value.type === 'Identifier') names.add(property.value.name);
    }
    for (const child of childrenOf(node)) look(child);
  };
  look(program as AnyNode);
  return names;
}

/** What stands under the property `validator` of an update's handler, and the functions that nothing else calls. */
function validatorsOf(program: Node): ReadonlySet<Node> {
  const validators = new Set<Node>();
  const functions = new Map<string, Node>();
  const look = (node: AnyNode): void => {
    if (node.type === 'Property' && node.key.type === 'Identifier' && node.key.name === 'validator')
      validators.add(node.value);
    if (node.type === 'FunctionDeclaration' && node.id) functions.set(node.id.name, node);
    for (const child of childrenOf(node)) look(child);
  };
  look(program as AnyNode);
  for (let known = -1; known < validators.size;) {
    known = validators.size;
    const calledElsewhere = namesIn(program as AnyNode, validators);
    const calledByValidators = new Set([...validators].flatMap((node) => [...namesIn(node as AnyNode, new Set())]));
    for (const [name, node] of functions)
      if (calledByValidators.has(name) && !calledElsewhere.has(name)) validators.add(node);
  }
  return validators;
}

/** Names that are used in a part of a program, but for what is left out and for the names that functions are given. */
function namesIn(node: AnyNode, leftOut: ReadonlySet<Node>): Set<string> {
  const names = new Set<string>();
  const look = (each: AnyNode, parent?: AnyNode): void => {
    if (leftOut.has(each)) return;
    const isGiven = parent?.type === 'FunctionDeclaration' && parent.id === each;
    if (each.type === 'Identifier' && !isGiven) names.add(each.name);
    for (const child of childrenOf(each)) look(child, each);
  };
  look(node);
  return names;
}

function proxies(node: AnyNode): boolean {
  if (node.type === 'CallExpression' && /^proxy(?:Local)?Activities$/.test(memberOf(node) ?? '')) return true;
  return childrenOf(node).some(proxies);
}

/** `name` of the compiled `(0, module.name)(…)`. */
function memberOf({ callee }: CallExpression): string | undefined {
  const last = callee.type === 'SequenceExpression' ? callee.expressions.at(-1) : undefined;
  return last?.type === 'MemberExpression' && last.property.type === 'Identifier' ? last.property.name : undefined;
}

function sdkFunction(node: CallExpression): string | undefined {
  const name = memberOf(node);
  return name !== undefined && SDK_CALLS.has(name) ? name : undefined;
}

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node)
    .flat()
    .filter((value): value is AnyNode => typeof value === 'object' && value !== null && 'type' in value);
}

/** Insertions into a text, of which the outer ones enclose the inner ones when they are made from outside to inside. */
class Edits {
  readonly #opened = new Map<number, string>();
  readonly #closed = new Map<number, string>();
  readonly #replaced = new Map<number, { readonly end: number; readonly text: string }>();

  open(at: number, text: string): void {
    this.#opened.set(at, (this.#opened.get(at) ?? '') + text);
  }

  close(at: number, text: string): void {
    this.#closed.set(at, text + (this.#closed.get(at) ?? ''));
  }

  around({ start, end }: Node, before: string, after: string): void {
    this.open(start, before);
    this.close(end, after);
  }

  replace(start: number, end: number, text: string): void {
    this.#replaced.set(start, { end, text });
  }

  apply(source: string): string {
    const places = [...new Set([...this.#opened.keys(), ...this.#closed.keys(), ...this.#replaced.keys()])];
    let result = '';
    let copied = 0;
    for (const at of places.sort((a, b) => a - b)) {
      result += source.slice(copied, at) + (this.#closed.get(at) ?? '') + (this.#opened.get(at) ?? '');
      const replaced = this.#replaced.get(at);
      result += replaced?.text ?? '';
      copied = replaced?.end ?? at;
    }
    return result + source.slice(copied);
  }
}
