// Test Anything Protocol, as tests/lib/tap.py speaks it.
const tests = [];

export const test = (sentence, check) => tests.push([sentence, check]);

export async function run() {
  console.log(`1..${tests.length}`);
  for (const [index, [sentence, check]] of tests.entries()) {
    try {
      await check();
      console.log(`ok ${index + 1} - ${sentence}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`not ok ${index + 1} - ${sentence}`);
      for (const line of String(error?.stack ?? error).split("\n")) console.log(`# ${line}`);
    }
  }
}
