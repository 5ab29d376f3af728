#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/ids.hpp"

#include <cstddef>

/// An index of what stands in bodies (`storage.index_bodies`). It knows of each block which runs of three bytes its
/// texts have, case ignored, so that a search for a part of a text unpacks only blocks that may have it. Every text
/// that they have is still compared, and blocks that are not indexed yet are always among them: an answer is the same
/// with the index and without.
namespace weir::storage
{

class connection;

/// Makes the index, or drops it. The blocks that are there wait to be indexed, as do those that are inserted later.
result<void> keep_body_index(connection& db, bool wanted);

/// Indexes a few of the blocks that wait, in one transaction of some milliseconds; returns how many.
result<std::size_t> index_some_bodies(connection& db);

/// Takes the blocks up to an id out of the index, if there is one: within the transaction that deletes them, and
/// before.
result<void> unindex_bodies(connection& db, row_id last);

/// The filter, whose searches of bodies look only at the blocks that the index names. Where it names too many, or there
/// is none, they stay as they were.
result<filter> narrowed_by_body_index(connection& db, filter what);

} // namespace weir::storage
