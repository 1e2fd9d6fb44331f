import { readFileSync, readdirSync } from 'node:fs';
import { extractByRules } from './rules';
import { findInjections } from './injection';
import { normaliseDate } from '../dates/normalise-date';
test('x',()=>{ const out:string[]=[]; const dir='/work/main/examples/timeline/sources';
 for (const f of readdirSync(dir)) { let text=readFileSync(`${dir}/${f}`,'utf8'); if (f.endsWith('html')) text=text.replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g,'').replace(/<\/(p|h\d|title|nav|footer)>/g,'\n\n').replace(/<[^>]+>/g,'').replace(/&nbsp;/g,'\u00a0').replace(/&ndash;/g,'–');
 out.push('== '+f+' '+JSON.stringify(findInjections(text).map(s=>text.slice(s.start,s.end)+'/'+s.rule)));
 for (const e of extractByRules({text})) { const d=normaliseDate({text:e.dateText,today:'2026-11-21'}); out.push(`${('code' in d?d.code:d.edtf+' '+d.flags).padEnd(24)} ${e.confidence} | ${e.title} | ${e.dateText} | ${e.places} | ${e.people}`);} }
 console.log(out.join('\n')); });
