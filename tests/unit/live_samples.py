"""Small files of many languages without a syntax error in them."""

SAMPLES = {
    "python": '''import os
from a.b import (c,
    d)


class Order(Base):
    """A doc."""

    def total(self, rows: list[int]) -> int:
        found = [row * 2 for row in rows if row]

        if found:
            return sum(found)
        else:
            raise ValueError(f"no {rows!r}")

@cached
def main(*names):
    for name in names:
        print(name, "ü😀")
    return Order().total([1, 2])
''',
    "typescript": """import { a } from "./b";

export class Order<T> extends Base implements I {
  private rows: T[] = [];
  total(x: number): string {
    const f = (y: number) => `${x + y} 😀 of ${this.rows}`;
    return this.rows.map((row) => f(row.n)).join("\\n");
  }
}

interface Shape { size: number; name?: string }
export function area({ size }: Shape) {
  if (size > 1) {
    return size * size;
  }
  return /a[b"]/.test("x") ? 1 : 2;
}
""",
    "typescriptreact": """const App = ({ names }: Props) => {
  const [n, set] = useState<number>(0);
  return (
    <div className="a">
      {names.map((name) => <b key={name}>{name} é</b>)}
    </div>
  );
};
""",
    "go": """package main

import "fmt"

type Order struct {
	rows []int
}

func (o *Order) Total(f func(int) int) (sum int, err error) {
	for _, row := range o.rows {
		sum += f(row)
	}
	fmt.Println(`raw "text"`, '\\n', "é")
	return sum, nil
}
""",
    "rust": """use std::fmt;

impl<'a> Order<'a> {
    pub fn total(&self) -> Option<u32> {
        let rows = self.rows.iter().map(|row| row * 2).collect::<Vec<_>>();
        match rows.len() {
            0 => None,
            _ => Some(rows[0]), // é
        }
    }
}
""",
    "java": """package a.b;

import java.util.List;

public class Order<T> {
    private final List<T> rows;
    /** A comment. */
    public int total(int x) throws Exception {
        for (T row : rows) {
            x += row.hashCode() > 0 ? 1 : 2;
        }
        return x;
    }
}
""",
    "c": """#include <stdio.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))
struct order { int rows[4]; };
static int total(const struct order *o, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    sum += o->rows[i];
  }
  printf("%d \\n", sum); /* é */
  return sum;
}
""",
    "ruby": """require "json"

class Order < Base
  attr_reader :rows

  def total(x = 1)
    @rows.map { |row| row * x }.sum
  end

  def text
    "#{total} of #{@rows.size} é"
  end
end
""",
}
