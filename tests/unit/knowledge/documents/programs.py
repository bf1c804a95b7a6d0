"""One small program a language: its file's name, its text, and the symbols in it."""

from __future__ import annotations

PROGRAMS: dict[str, tuple[str, str, list[str]]] = {
    "python": (
        "cut.py",
        '''import os

# Finds cuts.
@cache
class Finder(Base):
    """Finds."""
    limit = 3

    def find(self, film):
        def inner(): pass
        return film

    async def later(self): ...

    class Nested:
        def deep(self): pass

def main():
    pass

main()
''',
        ["Finder", "Finder.find", "Finder.later", "Finder.Nested", "Finder.Nested.deep", "main"],
    ),
    "javascript": (
        "app.js",
        """import x from "x";
/** Player. */
export class Player extends Base {
  constructor(a) { this.a = a; }
  play() { return 1; }
}
export const pause = (a) => { return a; };
function stop(a) { return a; }
export default function seek() {}
""",
        ["Player", "Player.constructor", "Player.play", "pause", "stop", "seek"],
    ),
    "typescript": (
        "app.ts",
        """interface Shot { start: number; }
type Name = string;
enum Kind { A, B }
namespace Film { export function cut(a: number): void {} }
abstract class Finder<T> { private find(a: T): T { return a; } }
export const later = async (a: number): Promise<void> => {};
""",
        ["Shot", "Name", "Kind", "Film", "Film.cut", "Finder", "Finder.find", "later"],
    ),
    "tsx": (
        "view.tsx",
        """export function View(props: {a: string}) { return <div>{props.a}</div>; }
class Old extends React.Component { render() { return <p/>; } }
""",
        ["View", "Old", "Old.render"],
    ),
    "java": (
        "Film.java",
        """package a.b;
import java.util.List;
public class Film {
    private int shots;
    public Film(int shots) { this.shots = shots; }
    /** Cuts. */
    public int cut(int a) { return a; }
    enum Kind { A }
    interface Seen { void see(); }
}
record Point(int x) {}
""",
        ["Film", "Film.Film", "Film.cut", "Film.Kind", "Film.Seen", "Film.Seen.see", "Point"],
    ),
    "kotlin": (
        "Film.kt",
        """package a
class Film(val a: Int) {
    fun cut(a: Int): Int { return a }
    companion object { fun make() = 1 }
}
object Single { fun go() {} }
interface Seen { fun see() }
fun main() { println("x") }
""",
        ["Film", "Film.cut", "Film.make", "Single", "Single.go", "Seen", "Seen.see", "main"],
    ),
    "scala": (
        "Film.scala",
        """package a
class Film(a: Int) { def cut(b: Int): Int = b }
object Film { def apply(): Int = 1 }
trait Seen { def see(): Unit = {} }
""",
        ["Film", "Film.cut", "Film", "Film.apply", "Seen", "Seen.see"],
    ),
    "c": (
        "film.c",
        """#include <stdio.h>
struct shot { int start; };
typedef struct { int a; } frame;
enum kind { A, B };
#ifdef X
static int *find(int a) { return 0; }
#endif
int main(void) { return 0; }
""",
        ["shot", "frame", "kind", "find", "main"],
    ),
    "cpp": (
        "film.cpp",
        """#include <vector>
namespace film {
class Finder : Base {
 public:
  Finder() {}
  int find(int a) const { return a; }
};
template <typename T> T twice(T a) { return a + a; }
}
int film::Other::cut(int a) { return a; }
""",
        [
            "film",
            "film.Finder",
            "film.Finder.Finder",
            "film.Finder.find",
            "film.twice",
            "film::Other::cut",
        ],
    ),
    "csharp": (
        "Film.cs",
        """using System;
namespace Studio {
    public class Film : IFilm {
        public int Shots { get; set; }
        public Film() { }
        public int Cut(int a) { return a; }
    }
    interface IFilm { int Cut(int a); }
    struct P { }
    enum K { A }
    record R(int X);
}
""",
        [
            "Studio",
            "Studio.Film",
            "Studio.Film.Shots",
            "Studio.Film.Film",
            "Studio.Film.Cut",
            "Studio.IFilm",
            "Studio.IFilm.Cut",
            "Studio.P",
            "Studio.K",
            "Studio.R",
        ],
    ),
    "objc": (
        "Film.m",
        """#import <Foundation/Foundation.h>
@interface Film : NSObject
- (int)cut:(int)a;
@end
@implementation Film
- (int)cut:(int)a { return a; }
@end
int main(void) { return 0; }
""",
        ["Film", "Film.cut", "Film", "Film.cut", "main"],
    ),
    "go": (
        "film.go",
        """package film

import "fmt"

// Shot is one.
type Shot struct {
	Start int
}

type Seen interface { See() }

func (s *Shot) Cut(a int) int { return a }

func main() { fmt.Println(1) }
""",
        ["Shot", "Seen", "Shot.Cut", "main"],
    ),
    "rust": (
        "film.rs",
        """use std::fmt;
/// A shot.
#[derive(Debug)]
pub struct Shot { start: u32 }
enum Kind { A }
trait Seen { fn see(&self) {} }
impl Shot { pub fn cut(&self) -> u32 { 1 } }
impl Seen for Shot { fn see(&self) {} }
mod inner { pub fn deep() {} }
macro_rules! twice { ($a:expr) => { $a + $a }; }
fn main() {}
""",
        [
            "Shot",
            "Kind",
            "Seen",
            "Seen.see",
            "Shot",
            "Shot.cut",
            "Shot",
            "Shot.see",
            "inner",
            "inner.deep",
            "twice",
            "main",
        ],
    ),
    "swift": (
        "Film.swift",
        """import Foundation
class Film {
    init(a: Int) {}
    func cut(a: Int) -> Int { return a }
}
struct Shot { var a = 1 }
protocol Seen { func see() }
enum Kind { case a }
extension Film { func more() {} }
func main() {}
""",
        [
            "Film",
            "Film.init",
            "Film.cut",
            "Shot",
            "Seen",
            "Seen.see",
            "Kind",
            "Film",
            "Film.more",
            "main",
        ],
    ),
    "ruby": (
        "film.rb",
        """require "x"
module Studio
  class Film < Base
    def cut(a)
      a
    end
    def self.make; end
  end
end
def main; end
""",
        ["Studio", "Studio.Film", "Studio.Film.cut", "Studio.Film.make", "main"],
    ),
    "php": (
        "film.php",
        """<?php
namespace Studio;
interface Seen { public function see(); }
trait Helps { function help() {} }
class Film { public function cut($a) { return $a; } }
function main() {}
""",
        ["Seen", "Seen.see", "Helps", "Helps.help", "Film", "Film.cut", "main"],
    ),
    "perl": (
        "film.pl",
        """package Film;
use strict;
sub cut { my ($a) = @_; return $a; }
sub main { return 1; }
""",
        ["cut", "main"],
    ),
    "lua": (
        "film.lua",
        """local M = {}
function M.cut(a) return a end
local function inner(a) return a end
function main() end
return M
""",
        ["M.cut", "inner", "main"],
    ),
    "r": (
        "film.R",
        """library(x)
cut <- function(a) { a }
main = function() 1
""",
        ["cut", "main"],
    ),
    "julia": (
        "film.jl",
        """module Film
struct Shot
    a::Int
end
function cut(a)
    a
end
twice(a) = 2a
end
""",
        ["Film", "Film.Shot", "Film.cut", "Film.twice"],
    ),
    "haskell": (
        "Film.hs",
        """module Film where
data Shot = Shot Int
class Seen a where
  see :: a -> Int
cut :: Int -> Int
cut a = a + 1
""",
        ["Shot", "Seen", "cut"],
    ),
    "ocaml": (
        "film.ml",
        """type shot = { a : int }
let cut a = a + 1
module Inner = struct let deep x = x end
""",
        ["shot", "cut", "Inner", "Inner.deep"],
    ),
    "elixir": (
        "film.ex",
        """defmodule Film do
  def cut(a), do: a
  defp inner(a) do
    a
  end
end
""",
        ["Film", "Film.cut", "Film.inner"],
    ),
    "erlang": (
        "film.erl",
        """-module(film).
-export([cut/1]).
cut(A) -> A.
main() -> ok.
""",
        ["cut", "main"],
    ),
    "clojure": (
        "film.clj",
        """(ns film)
(defn cut [a] a)
(def limit 3)
""",
        ["cut", "limit"],
    ),
    "dart": (
        "film.dart",
        """class Film {
  int cut(int a) { return a; }
}
enum Kind { a }
void main() { print(1); }
""",
        ["Film", "Film.cut", "Kind", "main"],
    ),
    "zig": (
        "film.zig",
        """const std = @import("std");
const Shot = struct { a: u32, pub fn cut(self: Shot) u32 { return 1; } };
pub fn main() void {}
""",
        ["Shot", "Shot.cut", "main"],
    ),
    "bash": (
        "cut.sh",
        """#!/bin/bash
cut() {
  echo "$1"
}
function main { cut 1; }
main
""",
        ["cut", "main"],
    ),
    "powershell": (
        "film.ps1",
        """function Get-Cut { param($a) $a }
class Film { [int] Cut([int]$a) { return $a } }
""",
        ["Get-Cut", "Film", "Film.Cut"],
    ),
    "sql": (
        "film.sql",
        """CREATE TABLE shots (id INT);
CREATE VIEW long_shots AS SELECT * FROM shots;
CREATE FUNCTION cut(a INT) RETURNS INT AS $$ SELECT 1 $$ LANGUAGE sql;
SELECT 1;
""",
        ["shots", "long_shots", "cut"],
    ),
    "css": (
        "film.css",
        """.shot { color: red; }
@media print { .shot { color: blue; } }
""",
        [".shot", "@media print"],
    ),
    "scss": (
        "film.scss",
        """@mixin wide($a) { width: $a; }
.shot { .inner { color: red; } }
""",
        ["wide", ".shot"],
    ),
    "glsl": (
        "film.frag",
        """uniform float a;
struct Light { vec3 p; };
vec3 shade(vec3 a) { return a; }
void main() { }
""",
        ["Light", "shade", "main"],
    ),
    "hlsl": (
        "film.hlsl",
        """struct Light { float3 p; };
float4 main(float4 a : SV_Target) : SV_Target { return a; }
""",
        ["Light", "main"],
    ),
    "matlab": (
        "cut.m",
        """function y = cut(a)
  y = a;
end
function main()
  cut(1);
end
""",
        ["cut", "main"],
    ),
    "fortran": (
        "film.f90",
        """module film
contains
  subroutine cut(a)
    integer :: a
  end subroutine cut
  function twice(a) result(b)
    integer :: a, b
    b = 2 * a
  end function twice
end module film
program main
end program main
""",
        ["film", "film.cut", "film.twice", "main"],
    ),
    "pascal": (
        "film.pas",
        """program Film;
function Cut(a: Integer): Integer;
begin
  Cut := a;
end;
procedure Main;
begin
end;
begin
end.
""",
        ["Cut", "Main"],
    ),
    "solidity": (
        "Film.sol",
        """pragma solidity ^0.8.0;
contract Film { function cut(uint a) public returns (uint) { return a; } }
library Lib { function f() internal {} }
""",
        ["Film", "Film.cut", "Lib", "Lib.f"],
    ),
    "elm": (
        "Film.elm",
        """module Film exposing (..)
type Kind = A | B
type alias Shot = { a : Int }
cut a = a + 1
""",
        ["Kind", "Shot", "cut"],
    ),
    "fsharp": (
        "Film.fs",
        """module Film
type Shot = { A: int }
let cut a = a + 1
""",
        ["Film", "Film.Shot", "Film.cut"],
    ),
    "nim": (
        "film.nim",
        """type Shot = object
  a: int
proc cut(a: int): int =
  a
func twice(a: int): int = 2 * a
""",
        ["Shot", "cut", "twice"],
    ),
    "gdscript": (
        "film.gd",
        """extends Node
class Inner:
	func deep():
		pass
func cut(a):
	return a
""",
        ["Inner", "Inner.deep", "cut"],
    ),
    "hcl": (
        "film.tf",
        """resource "aws_s3_bucket" "films" {
  bucket = "films"
}
variable "size" {
  default = 1
}
""",
        ["resource.aws_s3_bucket.films", "variable.size"],
    ),
    "proto": (
        "film.proto",
        """syntax = "proto3";
message Shot { int32 start = 1; message Inner { int32 a = 1; } }
service Films { rpc Cut (Shot) returns (Shot); }
enum Kind { A = 0; }
""",
        ["Shot", "Shot.Inner", "Films", "Films.Cut", "Kind"],
    ),
    "graphql": (
        "film.graphql",
        """type Shot { start: Int }
enum Kind { A }
query Cuts { shots { start } }
""",
        ["Shot", "Kind", "Cuts"],
    ),
    "cmake": (
        "CMakeLists.txt",
        """project(film)
function(cut a)
  message(${a})
endfunction()
macro(twice a)
endmacro()
""",
        ["cut", "twice"],
    ),
    "make": (
        "Makefile",
        """all: film
film: film.o
\tcc -o film film.o
""",
        ["all", "film"],
    ),
    "commonlisp": (
        "film.lisp",
        """(defun cut (a) a)
(defmacro twice (a) a)
""",
        ["cut", "twice"],
    ),
    "scheme": (
        "film.scm",
        """(define (cut a) a)
(define limit 3)
""",
        ["cut", "limit"],
    ),
    "verilog": (
        "film.v",
        """module counter(input clk);
endmodule
""",
        ["counter"],
    ),
    "yaml": (
        "film.yaml",
        """stages:
  - name: cut
options:
  size: 3
""",
        ["stages", "options"],
    ),
    "toml": (
        "film.toml",
        """title = "x"
[tool.film]
a = 1
[[shot]]
b = 2
""",
        ["tool.film", "shot"],
    ),
}
