"""The same code written in two ways a formatter could choose between, and changes that no formatter makes."""

REFORMATTED: dict[str, tuple[str, str]] = {
    "python": (
        '''import os
from a import b, c
@dec( 1 )
def area(w, h = 2, *, unit='cm'):
    """Tell the area.

       In units.
    """
    if (w > 1) : return (w * h)   # why
    for (x) in [1,2,]:
        call('it\\'s', "a" "b", 0XFF); other(x)
    return w*h, unit
class A( ):
    size: int = 1
    def m(self): return self.size
''',
        '''from a import (
    b,
    c,
)
import os


@dec(1)
def area(
    w,
    h=2,
    *,
    unit="cm",
):
    """Tell the area.

    In units.
    """
    # Because.
    if w > 1:
        return w * h
    for x in [1, 2]:
        call(
            "it's",
            "ab",
            0xFF,
        )
        other(x)
    return (w * h, unit)


class A:
    size: int = 1

    # A method.
    def m(self):
        return self.size
''',
    ),
    "javascript": (
        """const f = async x => { return {'a': 1, b: "it's"} }
class A { n = 1
  get(k, d) { if (!k) return (d); return `v ${k}` } }
export function g(a,b) { return new Thing, a+b }
""",
        """const f = async (x) => {
  // Because.
  return {
    a: 1,
    b: 'it\\'s',
  };
};

class A {
  n = 1;

  get(k, d) {
    if (!k) return d;
    return `v ${k}`;
  }
}

export function g(a, b) {
  return new Thing(), a + b;
}
""",
    ),
    "typescript": (
        """type T = | 'a' | 'b'
interface I { a: string, b?: number }
export const f = (x: T): I => ({ a: "x", b: .5 })
""",
        """type T = "a" | "b";
interface I {
  a: string;
  b?: number;
}
export const f = (x: T): I => ({
  a: 'x', // the name
  b: 0.50,
});
""",
    ),
    "typescriptreact": (
        """export function V({ n }: P) { return <div className='a'>{n} <b>hi   there</b></div> }
""",
        """export function V({ n }: P) {
  return (
    <div className="a">
      {/* Because. */}
      {n} <b>hi there</b>
    </div>
  );
}
""",
    ),
    "go": (
        """package m
import ("b"; "a")
type T struct { A int; B string }
func (t *T) M(a, b int) (int, error) { if (a > b) { return a, nil }; return f(a, b,), nil }
""",
        """package m

import (
\t"a"
\t"b"
)

// T is a thing.
type T struct {
\tA int
\tB string
}

func (t *T) M(a, b int) (int, error) {
\tif a > b {
\t\treturn a, nil // because
\t}
\treturn f(
\t\ta,
\t\tb,
\t), nil
}
""",
    ),
    "rust": (
        """use b::{z, y};
use a::x;
#[derive(Debug)]
pub struct S { pub n: i32, m: u8 }
impl S {
  pub fn f(&self, k: i32) -> i32 { match k { 1 => { 2 } _ => g(k, (1)), } } }
""",
        """use a::x;
use b::{y, z};

/// A thing.
#[derive(Debug)]
pub struct S {
    pub n: i32,
    m: u8,
}

impl S {
    pub fn f(&self, k: i32) -> i32 {
        match k {
            1 => 2, // one
            _ => {
                g(k, 1)
            }
        }
    }
}
""",
    ),
    "java": (
        """import b.B; import a.A;
class C extends D { int x=1;
  @Override final public int f(int a,int b) throws E { return (a+b); } }
""",
        """import a.A;
import b.B;

/** A thing. */
class C extends D {
  int x = 1;

  @Override
  public final int f(int a, int b) throws E {
    return a + b; // the sum
  }
}
""",
    ),
    "c": (
        """#include "b.h"
#include "a.h"
#define SUM(a,b)  ((a) +   (b))
static int f(int *a,int n){ for(int i=0;i<n;i++) a[i]="x" "y"[0]; return (n); }
struct S { int a; int b; };
""",
        """#include "a.h"
#include "b.h"
#define SUM(a, b) \\
  ((a) + (b))

/* Because. */
static int f(int* a, int n)
{
  for (int i = 0; i < n; i++)
    a[i] = "xy"[0];
  return n;
}

struct S {
  int a;
  int b;
};
""".replace("SUM(a, b) \\\n  ((a) + (b))", "SUM(a,b) ((a) + \\\n  (b))"),
    ),
    "cpp": (
        """namespace n {
template<class T> class C : public B {
  public:
  int f(int a) const { return a+1; }
  int x; }; }
int n::C::g(std::vector<int> a) { return a.size( ); }
""",
        """namespace n {
template <class T>
class C : public B {
 public:
  int f(int a) const {
    return a + 1;  // next
  }
  int x;
};
}
int n::C::g(std::vector<int> a)
{
  return a.size();
}
""",
    ),
    "csharp": (
        """using B; using A;
class C : D { public int X { get; set; } = 1;
  public async Task<int> F(int a=1) { return await G($"v{ a }", 0XA); } }
""",
        """using A;
using B;

/// <summary>A thing.</summary>
class C : D
{
    public int X { get; set; } = 1;

    public async Task<int> F(int a = 1)
    {
        return await G($"v{a}", 0xA); // because
    }
}
""",
    ),
    "ruby": (
        """require 'b'
class A < B
  def m a, b = 1
    puts 'x', a if b; [1,2,]
  end
end
""",
        """require "b"

# A thing.
class A < B
  def m(a, b = 1)
    puts("x", a) if b
    [
      1,
      2
    ]
  end
end
""",
    ),
    "php": (
        """<?php
class C extends D { public $x=1;
  public function f(int $a=1): array { return array('a' => $a,); } }
""",
        """<?php

/** A thing. */
class C extends D
{
    public $x = 1;

    public function f(int $a = 1): array
    {
        return ["a" => $a]; // because
    }
}
""",
    ),
    "shellscript": (
        """f() { local a="b $c"; if [ "$a" = 1 ]; then echo `ls -l`; fi; }
f x
""",
        """# A thing.
f() {
  local a="b $c"
  if [ "$a" = 1 ]; then
    echo $(ls -l) # because
  fi
}

f \\
  x
""",
    ),
}

CHANGED: list[tuple[str, str, str]] = [
    (
        "python",
        "def f(a):\n    if a:\n        x()\n    y()\n",
        "def f(a):\n    if a:\n        x()\n        y()\n",
    ),
    ("python", "def f(a):\n    return a,\n", "def f(a):\n    return a\n"),
    ("python", "def f():\n    return 'a  b'\n", "def f():\n    return 'a b'\n"),
    ("python", 'def f():\n    """One."""\n', 'def f():\n    """Two."""\n'),
    ("python", "def f(a, b):\n    return (a + b) * 2\n", "def f(a, b):\n    return a + (b * 2)\n"),
    ("python", "def f(a):\n    return '{a}'\n", "def f(a):\n    return f'{a}'\n"),
    ("python", "def f(a):\n    return b'a'\n", "def f(a):\n    return 'a'\n"),
    ("python", "def f(a):\n    g(a)\n    (a)\n", "def f(a):\n    g(a)(a)\n"),
    ("python", "def f(a):\n    return f'{a:>3}'\n", "def f(a):\n    return f'{a:<3}'\n"),
    ("python", "def f(a):\n    return a - -1\n", "def f(a):\n    return a - 1\n"),
    ("javascript", "function f(a) { return a }\n", "function f(a) { return\na }\n"),
    ("javascript", "function f(a) { for (a;b;) c }\n", "function f(a) { for (a;;b) c }\n"),
    ("javascript", "function f(a) { return [a,,] }\n", "function f(a) { return [a,] }\n"),
    ("javascript", "function f(a) { return `a  b` }\n", "function f(a) { return `a b` }\n"),
    ("javascript", "function f(a) { return {['a']: 1} }\n", "function f(a) { return {a: 1} }\n"),
    ("javascript", "function f(a) { while(a); b() }\n", "function f(a) { while(a) b() }\n"),
    ("typescript", "type T = 'a' | 'b'\n", "type T = 'a' & 'b'\n"),
    ("typescript", "function f(a: string) {}\n", "function f(a: number) {}\n"),
    ("go", "package m\nfunc f() (int) { return 1 }\n", "package m\nfunc f() { return 1 }\n"),
    ("go", "package m\nfunc f() { a(); go b() }\n", "package m\nfunc f() { a(); b() }\n"),
    ("rust", "fn f() -> i32 { g() }\n", "fn f() { g(); }\n"),
    ("rust", "fn f() { let x = { g(); }; }\n", "fn f() { let x = { g() }; }\n"),
    ("java", "class C { int f() { return 1; } }\n", "class C { long f() { return 1; } }\n"),
    ("c", "int f(int a) { return a-- - 1; }\n", "int f(int a) { return a - --1; }\n"),
    ("cpp", "int f() { return 'a'; }\n", "int f() { return 'b'; }\n"),
    ("csharp", 'class C { string F() { return $"{1}"; } }\n', 'class C { string F() { return "{1}"; } }\n'),
    ("ruby", "def f(a)\n  'a\\n'\nend\n", 'def f(a)\n  "a\\n"\nend\n'),
    ("ruby", "def f(a)\n  a ? b : c\nend\n", "def f(a)\n  a ? c : b\nend\n"),
    ("php", "<?php\nfunction f() { return 'a$b'; }\n", '<?php\nfunction f() { return "a$b"; }\n'),
    ("shellscript", "f() { g a$b; }\n", 'f() { g "a$b"; }\n'),
    ("shellscript", "f() { [ $a = $b ]; }\n", "f() { [ $a=$b ]; }\n"),
    ("shellscript", "f() { cat <<X\n a\nX\n}\n", "f() { cat <<X\na\nX\n}\n"),
]
"""Language, and two texts that mean something else."""
