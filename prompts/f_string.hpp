#pragma once

#include "prompts/rendering.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Templates in which `{name}` stands for a variable, and `{{` and `}}` for braces. A name begins with a letter or `_`
/// and goes on with letters, digits, `_`, `-`, `.` and spaces; bytes beyond ASCII are letters. Braces around anything
/// else, and those without a partner, stay as they are.
namespace weir::prompts
{

/// Variables that are not given stay as they are. Texts are put in as they are, other values as JSON. The only error is
/// a spent budget.
rendering<std::string> render_f_string(std::string_view source, boost::json::object const& variables,
                                       render_budget& budget);

std::vector<template_piece> f_string_pieces(std::string_view source);

/// The template that pieces make. A name that is none here is put between braces all the same.
std::string f_string_of(std::vector<template_piece> const& pieces);

/// The names of the variables, each once, in order.
std::vector<std::string> f_string_variables(std::string_view source);

} // namespace weir::prompts
