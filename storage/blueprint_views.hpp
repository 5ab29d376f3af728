#pragma once

#include "prompts/blueprint/snippets.hpp"
#include "prompts/rendering.hpp"
#include "storage/errors.hpp"
#include "storage/prompt_blueprints.hpp"
#include "storage/request_record.hpp"

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <optional>

/// Versions of prompts, read and filled.
namespace weir::storage
{

class connection;

/// A version's blueprint, and what is said of it beside. Of a version without one, both are what its template says.
struct viewed_version {
    boost::json::object blueprint;
    std::optional<boost::json::object> metadata;

    /// What `metadata` has under `model`; null when it has none.
    boost::json::object const* model() const;
};
viewed_version view_of(blueprint_version const& from);

/// A blueprint with the organisation's snippets in the place of references, and the variables that it then has.
boost::system::result<prompts::resolved_blueprint, prompts::snippet_failure> with_snippets(
    connection& db, organization_id organization, boost::json::object blueprint, prompts::render_budget& budget);

} // namespace weir::storage
