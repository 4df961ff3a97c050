import ts from 'typescript';

/** A place in a source that could open an outbound connection: a module or a global of the platform. */
export interface WayOut {
  /** `node:http`, `undici`, `fetch`. */
  readonly through: string;
  readonly line: number;
}

/** Of the platform's modules those that speak to the network, or have another program do so. */
const NETWORK_MODULES: ReadonlySet<string> = new Set(
  [
    'child_process',
    'cluster',
    'dgram',
    'dns',
    'http',
    'http2',
    'https',
    'inspector',
    'module',
    'net',
    'tls',
  ].concat('worker_threads'),
);

/** What of them opens nothing. */
const HARMLESS_NAMES: Readonly<Record<string, ReadonlySet<string>>> = {
  net: new Set(['isIP', 'isIPv4', 'isIPv6']),
  http: new Set(['STATUS_CODES']),
};

/**
 * Packages that open no connection of their own accord. Every other one counts as a way out, so a new
 * HTTP client is found without being known by name.
 */
const QUIET_PACKAGES: ReadonlySet<string> = new Set([
  '@fastify/busboy',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/swagger',
  'ajv',
  'class-transformer',
  'class-validator',
  'file-type',
  'image-size',
  'ipaddr.js',
  'pino',
  'prom-client',
  'reflect-metadata',
  'rxjs',
  'ulid',
]);

const GLOBALS: ReadonlySet<string> = new Set([
  'fetch',
  'WebSocket',
  'EventSource',
  'XMLHttpRequest',
  'getBuiltinModule',
  'require',
]);

/** Every way out of one source, in its order. Types are none. */
export function waysOut(source: string): readonly WayOut[] {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const found: WayOut[] = [];
  const visit = (node: ts.Node): void => {
    const through = wayOut(node);
    if (through !== null) {
      found.push({
        through,
        line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function wayOut(node: ts.Node): string | null {
  if (ts.isImportDeclaration(node)) return imported(node);
  if (ts.isExportDeclaration(node)) return exported(node);
  if (ts.isImportEqualsDeclaration(node)) return 'import =';
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [module] = node.arguments;
    // A computed name could be any.
    return module && ts.isStringLiteralLike(module) ? loud(module.text) : 'import()';
  }
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    return GLOBALS.has(node.argumentExpression.text) ? node.argumentExpression.text : null;
  }
  return ts.isIdentifier(node) && GLOBALS.has(node.text) && isGlobal(node) ? node.text : null;
}

function imported({ importClause, moduleSpecifier }: ts.ImportDeclaration): string | null {
  if (importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return null;
  const bindings = importClause?.namedBindings;
  const isNamed = bindings !== undefined && ts.isNamedImports(bindings) && !importClause?.name;
  return throughModule(moduleSpecifier, isNamed ? bindings.elements : null);
}

function exported({ isTypeOnly, exportClause, moduleSpecifier }: ts.ExportDeclaration) {
  if (isTypeOnly || !moduleSpecifier) return null;
  const isNamed = exportClause !== undefined && ts.isNamedExports(exportClause);
  return throughModule(moduleSpecifier, isNamed ? exportClause.elements : null);
}

type Names = readonly (ts.ImportSpecifier | ts.ExportSpecifier)[];

/** `names` null: the whole module. */
function throughModule(specifier: ts.Expression, names: Names | null): string | null {
  const text = ts.isStringLiteralLike(specifier) ? specifier.text : '';
  const values = names?.filter((name) => !name.isTypeOnly);
  if (values && values.length === 0 && (names?.length ?? 0) > 0) return null;
  const harmless = HARMLESS_NAMES[text.replace(/^node:/, '')];
  const isHarmless =
    harmless && values?.every((name) => harmless.has((name.propertyName ?? name.name).text));
  return isHarmless === true ? null : loud(text);
}

/** The module itself where importing it is a way out. */
function loud(module: string): string | null {
  if (/^(\.|@app\/)/.test(module)) return null;
  if (module.startsWith('node:')) {
    return NETWORK_MODULES.has(module.slice('node:'.length).split('/')[0] ?? '') ? module : null;
  }
  if (NETWORK_MODULES.has(module.split('/')[0] ?? '')) return module;
  const name = module.split('/', module.startsWith('@') ? 2 : 1).join('/');
  return QUIET_PACKAGES.has(name) ? null : module;
}

/** Not a member, a method or a declaration that happens to have the name. */
function isGlobal(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    const owner = parent.expression.getText();
    return ['globalThis', 'global', 'window', 'self', 'process'].includes(owner);
  }
  const isName =
    (ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isTypeReferenceNode(parent) ||
      ts.isTypeQueryNode(parent)) &&
    !(ts.isPropertyAssignment(parent) && parent.initializer === node);
  return !isName;
}
