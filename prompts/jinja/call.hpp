#pragma once

#include "prompts/jinja/value.hpp"
#include "prompts/rendering.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::prompts::jinja
{

/// The costs of rendering, and the first thing that went wrong. After that everything comes to nothing.
class account
{
public:
    explicit account(render_budget& budget)
        : budget_(budget)
    {
    }

    /// Work that is about to be done: false when it must not be.
    bool spend(std::size_t bytes);
    /// The same for looking at all of a value, or copying it.
    bool spend_on(json::value const& of);
    /// Text that is finished, of which the budget has an amount of its own.
    bool put_out(std::size_t bytes);

    value fail(std::string what);
    bool failed() const { return error_.has_value(); }
    template_error const& error() const { return *error_; }
    /// The line of what is evaluated now.
    std::size_t line = 0;

private:
    render_budget& budget_;
    std::optional<template_error> error_;
};

/// Something applied to a value: a filter, a test or a method.
struct call {
    std::string_view name;
    value subject;
    std::vector<value> positional;
    std::vector<std::pair<std::string_view, value>> named;

    /// The argument of that place or name; undefined when it is not given.
    value argument(std::size_t place, std::string_view name_of_it) const;
    std::optional<std::int64_t> integer(std::size_t place, std::string_view name_of_it) const;
    bool flag(std::size_t place, std::string_view name_of_it, bool otherwise) const;
    /// None when it is given and no text.
    std::optional<std::string> text(std::size_t place, std::string_view name_of_it, std::string_view otherwise) const;
};

bool has_filter(std::string_view name);
bool has_test(std::string_view name);
/// What the user wrote, between backquotes and not too long.
std::string quoted(std::string_view name);

value apply_filter(call const& with, account& costs);
bool apply_test(call const& with, account& costs);
/// `how` is ==, !=, <, <=, >, >=, in or not in.
bool compare(std::string_view how, value const& left, value const& right, account& costs);
value apply_method(call const& with, account& costs);

/// The member of a dict, or the element of a list or text by its number; undefined when there is none.
value member(value const& of, std::string_view name);
value element(value const& of, std::int64_t number);
/// What a path like `address.city` leads to.
value at_path(value const& of, std::string_view path);

/// What a loop over a value goes through: elements, keys of a dict, characters of a text. None, with an error, for what
/// cannot be gone through; nothing for what is undefined.
std::optional<std::vector<value>> items_of(value const& of, account& costs);

} // namespace weir::prompts::jinja
