"""What files offer, as their syntax shows it, in each language that is read."""

from __future__ import annotations

import pytest

from counterpoint.context.signatures import Interface, Name, Parameter, Signature
from counterpoint.context.signatures_read import imports_in, interface_of, parsed_near, parsed_of
from counterpoint.text import Document, language_of


def read(path: str, text: str) -> Interface:
    return interface_of(Document.of(path, text, language_of(path)))


def one(found: Interface, name: str) -> Signature:
    return next(each for each in found.signatures if each.name == name)


def named(found: Interface, name: str) -> Name:
    return next(each for each in found.names if each.name == name)


PYTHON = '''
import os

A, B = 1, 2
__all__ = ["run", "Cart"]
type Pair = tuple[int, int]

@app.get("/orders")
@functools.lru_cache
async def run(a, /, b: int, c=1, *rest: str, d, e: int = 3, **more) -> int | None:
    """Runs."""
    yield b

class Cart(Base, metaclass=Meta):
    LIMIT: int = 3

    def __init__(self, owner, items=()):
        self.owner = owner
        self.items: list = items
        self.owner.cart = self

    @property
    def total(self): return 1
    @total.setter
    def total(self, value): ...
    @staticmethod
    def rate(x): return x
    @classmethod
    def load(cls, row): return cls(row)

    class Inner:
        def f(self): pass

@dataclass(kw_only=True)
class Row:
    a: int
    b: list = field(default_factory=list)
    c: int = field(init=False, default=1)
    d: int = field(metadata={})
    e: ClassVar[int] = 1

@dataclass
class Mixed:
    a: int
    _: KW_ONLY
    b: int = 2

class Model(BaseModel):
    name: str
    age: int = Field(..., ge=0)
    size: int = Field(3)

class Point(NamedTuple):
    x: int
    y: int = 0

class Status(str, Enum):
    PAID = "paid"

if os.name == "nt":
    def only(): return 1
else:
    def only(): return 2
'''


def test_python_functions_have_every_kind_of_parameter() -> None:
    found = one(read("a.py", PYTHON), "run")
    assert found.parameters == (
        Parameter("a", "place"),
        Parameter("b", "either", "int"),
        Parameter("c", "either", "", "1"),
        Parameter("rest", "rest", "str"),
        Parameter("d", "name"),
        Parameter("e", "name", "int", "3"),
        Parameter("more", "named rest"),
    )
    assert found.traits == {"async", "generator"}
    assert found.result == "int | None"
    assert found.decorators == ('app . get ( "/orders" )', "functools . lru_cache")
    assert [each.required for each in found.parameters] == [True, True, False, False, True, False, False]


def test_python_classes_are_built_by_what_they_say() -> None:
    found = read("a.py", PYTHON)
    assert found.listed == {"run", "Cart"}
    assert not found.broken
    cart = one(found, "Cart")
    assert (cart.kind, [each.name for each in cart.parameters]) == ("constructor", ["owner", "items"])
    assert cart.bases == ("Base",)
    assert one(found, "Cart.total").traits == {"property", "settable"}
    assert one(found, "Cart.rate").parameters == (Parameter("x", "either"),)
    assert one(found, "Cart.load").traits == {"class"}
    assert one(found, "Cart.Inner.f").kind == "method"
    assert one(found, "Row").parameters == (
        Parameter("a", "name", "int"),
        Parameter("b", "name", "list", "field ( default_factory = list )"),
        Parameter("d", "name", "int"),
    )
    assert [each.kind for each in one(found, "Mixed").parameters] == ["either", "name"]
    assert [each.required for each in one(found, "Model").parameters] == [True, True, False]
    assert [each.required for each in one(found, "Point").parameters] == [True, False]
    assert [each.line for each in found.signatures if each.name == "only"] == [60, 62]
    assert not [each for each in found.signatures if each.name == "Status"]


def test_python_names_have_values() -> None:
    found = read("a.py", PYTHON)
    assert named(found, "Status.PAID") == Name("Status.PAID", "member", 57, '"paid"')
    assert named(found, "Cart.LIMIT").rest == "int"
    assert named(found, "Cart.owner").kind == named(found, "Cart.items").kind == "field"
    assert named(found, "B").kind == "constant"
    assert named(found, "Pair").value == "tuple [ int , int ]"
    assert ("/orders", "route") in {(each.name, each.kind) for each in found.names}


@pytest.mark.parametrize(
    ("body", "shapes"),
    [
        ("return 1", {"number"}),
        ("return", {"nothing"}),
        ("return None", {"nothing"}),
        ("return (a, b)", {"tuple 2 a,b"}),
        ("return (a, *b)", {"value"}),
        ("return {'a': 1, 'b': 2}", {"keys a,b"}),
        ("return {a: 1}", {"mapping"}),
        ("return [x for x in y]", {"list"}),
        ("return (x for x in y)", {"generator"}),
        ("pass", set()),
        ("...", set()),
        ("x = 1", {"nothing"}),
        ("raise X", set()),
        ("if a:\n        return x\n    return y", {"value"}),
        ("if a:\n        return x\n    else:\n        return y", {"value"}),
        ("if a:\n        return x\n    elif b:\n        return y", {"value", "nothing"}),
        ("while True:\n        return x", {"value"}),
        ("while True:\n        break", {"nothing"}),
        ("while a:\n        return x", {"value", "nothing"}),
        ("with a:\n        return x", {"value"}),
        ("try:\n        return x\n    except E:\n        raise", {"value"}),
        ("try:\n        return x\n    except E:\n        log()", {"value", "nothing"}),
        ("try:\n        log()\n    finally:\n        return x", {"value"}),
        ("match a:\n        case 1:\n            return x\n        case _:\n            return y", {"value"}),
        ("match a:\n        case 1:\n            return x", {"value", "nothing"}),
        ("def g():\n        return 1\n    return g", {"value"}),
    ],
)
def test_python_shapes_are_those_of_returns_and_of_the_end(body: str, shapes: set[str]) -> None:
    assert one(read("a.py", f"def f(a):\n    {body}\n"), "f").shapes == shapes


SCRIPT = """
export default class Cart extends Base implements Thing {
  @observed items: Item[] = []
  private secret = 1
  handle = async (event: Event) => { this.items = [] }
  constructor(private owner: string, public rate = 1) { super() }
  static of(row: Row): Cart { return new Cart(row) }
  get total(): number { return 1 }
  set total(value: number) {}
  async *rows(this: Cart) { yield 1 }
  #hidden() {}
  protected near() {}
  @log
  write(text: string) {}
}
export abstract class Shape { abstract area(): number }
export const add = (a: number, b = 1): number => a + b, two = x => [x, x]
export const api = { get(id) { return id }, put: (id) => id, path: "/a", "other-path": 1 } as const
const Made = class { f() { return { a, ...b } } }
export { add as plus, api }
export { q } from "./q"
namespace Inner { export function deep() { return null } }
declare function given(a: string): void
export function over(a: string): string
export function over(a: number): string { return arguments[0] }
export interface Order extends Row {
  id: string; note?: string; save(now: boolean): void; [key: string]: unknown
}
export type Point = { x: number }
export type Mode = "a" | "b"
export type One = "only"
export enum Level { Off = 3, Low, High = "h" }
function* many() { yield 1 }
exports.late = (a) => a
exports.value = 3
const lib = require("./lib")
"""


def test_script_classes_and_functions() -> None:
    found = read("a.ts", SCRIPT)
    cart = one(found, "Cart")
    assert [each.name for each in cart.parameters] == ["owner", "rate"]
    assert {"exported", "default"} <= cart.traits
    assert cart.bases == ("Base", "Thing")
    assert one(found, "Cart.of").traits == {"static"}
    assert one(found, "Cart.total").traits == {"property", "settable"}
    assert {"async", "generator"} <= one(found, "Cart.rows").traits
    assert one(found, "Cart.rows").parameters == ()
    assert {"async", "arrow"} <= one(found, "Cart.handle").traits
    assert "private" in one(found, "Cart.#hidden").traits & one(found, "Cart.near").traits
    assert one(found, "Cart.write").decorators == ("log",)
    assert not named(found, "Cart.secret").exported
    assert one(found, "Shape").rest == "abstract"
    assert [each.result for each in found.signatures if each.name == "over"] == ["string", "string"]
    assert any("arguments" in each.traits for each in found.signatures if each.name == "over")
    assert one(found, "many").traits == {"generator"}
    assert one(found, "Inner.deep").shapes == {"nothing"}
    assert one(found, "given").result == "void"
    assert one(found, "Made.f").shapes == {"mapping"}


def test_script_values_and_types() -> None:
    found = read("a.ts", SCRIPT)
    assert one(found, "add").parameters[1] == Parameter("b", "place", "", "1")
    assert one(found, "two").shapes == {"tuple 2 x,x"}
    assert one(found, "api.get").kind == one(found, "api.put").kind == "method"
    assert named(found, "api.other-path").value == "1"
    assert {"plus:add", "api", "late", "value"} <= found.listed
    assert one(found, "late").traits == {"arrow", "exported"}
    order = one(found, "Order")
    assert [(each.name, each.required) for each in order.parameters] == [
        ("id", True),
        ("note", False),
        ("save", True),
    ]
    assert "inherits" in order.traits
    assert one(found, "Order.save").parameters == (Parameter("now", "place", "boolean"),)
    assert one(found, "Point").kind == "record"
    assert {each.name for each in found.names if each.kind == "text"} == {"a", "b", "only"}
    assert [(each.symbol, each.value) for each in found.names if each.owner == "Level"] == [
        ("Off", "3"), ("Low", "4"), ("High", '"h"'),
    ]  # fmt: skip


def test_script_exports_of_modules() -> None:
    found = read("a.js", "const f = (a) => a\nmodule.exports = { f, g: (x) => x, h() { return 1 } }\n")
    assert found.listed == {"f", "g", "h"}
    assert one(found, "g").traits >= {"exported"}
    again = read("b.js", "function f() {}\nmodule.exports = f\nexport default f\n")
    assert again.listed == {"f", "default:f"}


def test_go_types_and_values() -> None:
    text = """package shop

type Point struct {
	X, Y int
	*Base
}
type Store interface {
	Get(id string) (User, error)
	Other
}
type ID string
type List[T any] struct{ items []T }

const (
	Low = iota
	High
	Named ID = "a"
)
var Default, other = 1, 2

func (p *Point) Move(dx, dy int, more ...string) {}
func Map[T any](xs []T, f func(T) T) (found []T, err error) { return nil, nil }
func (l List[T]) Len() int { return 0 }
"""
    found = read("a.go", text)
    assert [each.name for each in one(found, "Point").parameters] == ["X", "Y", "Base"]
    assert one(found, "Point.Move").parameters[-1] == Parameter("more", "rest", "string")
    assert one(found, "Point.Move").rest == "*"
    assert one(found, "Map").result == "[ ] T , error"
    assert one(found, "Store.Get").result == "User , error"
    assert one(found, "List.Len").owner == "List"
    assert named(found, "High").value == "iota # 1"
    assert named(found, "ID").value == "string"
    assert not named(found, "other").exported


def test_java_members_of_every_kind() -> None:
    text = """package shop;
import java.util.List;
public abstract class Orders<T> extends Base implements A, B<T> {
  public static final int MAX = 10;
  private int hidden, more = 2;
  protected Orders(String name) throws IOException { }
  @Override public List<T> find(final String key, int... rest) { return null; }
  abstract void go();
  enum Kind { A, B(1); int size() { return 1; } }
  record Point(int x, int[] y) { }
  interface Inner { int f(int a); }
}
class Plain { }
"""
    found = read("Orders.java", text)
    maker = one(found, "Orders")
    assert (maker.kind, maker.bases, "protected" in maker.traits) == ("constructor", ("Base", "A", "B"), True)
    assert maker.rest == "abstract throws IOException"
    assert one(found, "Orders.find").parameters == (
        Parameter("key", "place", "String"),
        Parameter("rest", "rest", "int"),
    )
    assert one(found, "Orders.find").decorators == ("Override",)
    assert one(found, "Orders.go").rest == "abstract"
    assert one(found, "Orders.Kind.size").result == "int"
    assert [each.type for each in one(found, "Orders.Point").parameters] == ["int", "int [ ]"]
    assert one(found, "Orders.Point.x").result == "int"
    assert "public" in one(found, "Orders.Inner.f").traits
    assert one(found, "Plain").parameters == ()
    assert named(found, "Orders.MAX").value == "10"
    assert not named(found, "Orders.hidden").exported
    assert named(found, "Orders.Kind.B").value == "( 1 )"


def test_rust_items_of_every_kind() -> None:
    text = """
#[inline]
pub(crate) const fn fast<T: Copy>(a: T, mut b: u8) -> T where T: Sized { a }
#[derive(Clone, Debug)]
pub struct Point { pub x: i32, y: i32 }
pub struct Pair(pub i32, u8);
pub enum State { Open, Done(Date), At { x: u8 } = 3 }
pub trait Store { fn get(&self, id: &str) -> String; fn all(&self) -> u8 { 1 } }
impl<T> Cart<T> { pub async unsafe fn add(&mut self, item: T) {} fn new() -> Self { Self {} } }
impl Store for Memory { fn get(&self, id: &str) -> String { id.into() } }
pub mod inner { pub fn deep() {} }
pub type Id = u32;
pub static LIMIT: u32 = 3;
"""
    found = read("a.rs", text)
    assert one(found, "fast").rest.endswith("where T : Sized ; const")
    assert [each.name for each in one(found, "fast").parameters] == ["a", "b"]
    assert one(found, "fast").decorators == ("inline",)
    assert [each.type for each in one(found, "Point").parameters] == ["i32", "private i32"]
    assert named(found, "Point").rest == "Clone Debug"
    assert [each.name for each in one(found, "Pair").parameters] == ["", ""]
    assert named(found, "State.Done").rest == "( Date )"
    assert {"async", "unsafe", "exported"} <= one(found, "Cart.add").traits
    assert {"static", "private"} <= one(found, "Cart.new").traits
    assert one(found, "Memory.get").rest.startswith("impl Store")
    assert "exported" in one(found, "Store.all").traits
    assert one(found, "deep").symbol == "deep"
    assert (named(found, "Id").value, named(found, "LIMIT").value) == ("u32", "3")


def test_what_cannot_be_read_says_so() -> None:
    assert read("a.rb", "def f; end").broken
    assert read("a.txt", "words").broken
    assert read("a.py", "def f(:\n").broken
    assert parsed_of(Document.of("a.txt", "words", "plaintext")) is None


def test_pieces_of_a_file_are_enough_for_a_word() -> None:
    text = "import os\n\ndef f():\n    return run(1)\n\n@mark\ndef g():\n    pass\n\nrun(2)\n"
    document = Document.of("a.py", text, "python")
    found = parsed_near(document, "run")
    assert found is not None
    assert [(first, parsed.data.decode()) for first, parsed in found] == [
        (2, "def f():\n    return run(1)\n\n"),
        (9, "run(2)\n"),
    ]
    cut = Document.of("a.py", 'x = """\ndef run():\n"""\n', "python")
    assert parsed_near(cut, "run") is None
    whole = parsed_of(document)
    assert whole is not None
    assert [each.module for each in imports_in(whole)] == ["os"]
