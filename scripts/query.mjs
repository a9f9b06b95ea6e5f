// query: what scripts/query runs. DUCKDB: the folder whose node_modules have DuckDB; JOINED: the joined view as CSV.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const { DuckDBInstance } = createRequire(join(resolve(process.env.DUCKDB), 'here.js'))('@duckdb/node-api');
const [run, file, out] = process.argv.slice(2);
const tables = ['domains', 'policies', 'mx', 'certs', 'joined'];

function quoted(text) {
    return `'${text.replaceAll("'", "''")}'`;
}

function cell(value) {
    const text = value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run("SET TimeZone = 'UTC'");
for (const table of tables.slice(0, 4))
    await connection.run(`CREATE TABLE ${table} AS FROM read_json(${quoted(join(resolve(run), `${table}.jsonl.zst`))},
        format = 'newline_delimited', sample_size = -1, maximum_object_size = 16777216)`);
await connection.run(`CREATE TABLE joined AS FROM read_csv(${quoted(process.env.JOINED)}, header = true, all_varchar = true)`);

if (file === '--parquet') {
    mkdirSync(out, { recursive: true });
    for (const table of tables)
        await connection.run(`COPY ${table} TO ${quoted(join(resolve(out), `${table}.parquet`))} (FORMAT parquet, COMPRESSION zstd)`);
} else {
    const asked = await connection.extractStatements(readFileSync(file ?? 0, 'utf8'));
    for (let i = 0; i < asked.count; i++) {
        const answer = await (await asked.prepare(i)).runAndReadAll();
        console.log(answer.columnNames().map(cell).join(','));
        for (const row of answer.getRowsJson())
            console.log(row.map(cell).join(','));
        console.log('');
    }
}
