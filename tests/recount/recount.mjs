// recount: count a run again with DuckDB, from its records and by the SQL beside this file, into CSV files of the same names.
// DUCKDB is the folder whose node_modules have it (recount.py installs it).
// usage: DUCKDB=DIR node recount.mjs RUN OUT [COLUMN [TOP]]    (RUN, OUT: directories; COLUMN, TOP: as --group-by and --top of mxcensus stats)
// Prints the seconds it took, and a row of what SQL could not judge ("beyond: N").
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const { DuckDBInstance } = createRequire(join(resolve(process.env.DUCKDB ?? '.'), 'here.js'))('@duckdb/node-api');
const here = dirname(fileURLToPath(import.meta.url));
const [run, out, column = '', top = '100'] = process.argv.slice(2);
const files = ['records', 'logic', 'hosts', 'domains', 'adoption', 'providers', 'timeline', 'sts'];
const began = Date.now();

function quoted(text) {
    return `'${text.replaceAll("'", "''")}'`;
}

const database = await DuckDBInstance.create(':memory:');
const connection = await database.connect();
await connection.run(`SET VARIABLE run = ${quoted(resolve(run))}; SET VARIABLE top = ${quoted(resolve(here, '..', '..'))};
    SET VARIABLE "column" = ${quoted(column)}; SET VARIABLE largest = ${Number(top)}; SET TimeZone = 'UTC'`);
for (const file of files)
    await connection.run(readFileSync(join(here, `${file}.sql`), 'utf8'));
mkdirSync(out, { recursive: true });
const views = await connection.runAndReadAll("SELECT view_name FROM duckdb_views() WHERE view_name LIKE '%.csv' ORDER BY 1");
for (const [view] of views.getRows())
    await connection.run(`COPY (FROM "${view}") TO ${quoted(join(resolve(out), view))} (HEADER, DELIMITER ',')`);
const beyond = await connection.runAndReadAll('SELECT count(*) FROM dane_beyond');
console.log(`seconds: ${(Date.now() - began) / 1000}`);
console.log(`beyond: ${beyond.getRows()[0][0]}`);
