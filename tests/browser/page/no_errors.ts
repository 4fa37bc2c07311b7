import { afterEach, expect } from 'vitest';

const errors: unknown[][] = [];
const print = console.error;
console.error = (...values: unknown[]) => {
  errors.push(values);
  print(...values);
};

// What is thrown outside a test fails the run by itself; what is only printed does so here.
afterEach(() => expect(errors.splice(0), 'errors on the console').toEqual([]));
