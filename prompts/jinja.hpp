#pragma once

#include "prompts/rendering.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A subset of Jinja2, which docs/templates.md describes. What is beyond it is an error that names the construct. A
/// template can neither nest without bounds nor run without end: see `render_budget`.
namespace weir::prompts
{

/// What is not given comes to nothing.
rendering<std::string> render_jinja(std::string_view source, boost::json::object const& variables,
                                    render_budget& budget);

/// None for a template with more in it than text and plain variables, and for what is none.
std::optional<std::vector<template_piece>> jinja_pieces(std::string_view source);

/// The names that a template uses and does not set itself, each once, in order.
rendering<std::vector<std::string>> jinja_variables(std::string_view source);

} // namespace weir::prompts
