#pragma once

#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstddef>
#include <map>

namespace weir::experiments
{

/// Places for evaluators that take long. No evaluator has more than a few, and no organisation more than its share: as
/// many as each other one that wants some, and never all, so that one that comes later need not wait for an end.
class places
{
public:
    places(std::size_t all, std::size_t of_one_evaluator);

    /// Says how many organisations have something to do here, those with places included.
    void share_among(std::size_t organizations);

    /// Takes a place, if there is one for this evaluator.
    bool take(storage::organization_id whose, storage::uuid const& evaluator);
    void give_back(storage::organization_id whose, storage::uuid const& evaluator);

    bool has(storage::organization_id whose) const { return by_organization_.contains(whose); }
    std::size_t taken_by(storage::uuid const& evaluator) const;
    /// How many organisations have places.
    std::size_t organizations() const { return by_organization_.size(); }

private:
    std::size_t const all_, of_one_evaluator_;
    std::size_t of_one_organization_;
    std::size_t taken_ = 0;
    std::map<storage::organization_id, std::size_t> by_organization_; ///< none is 0
    std::map<storage::uuid, std::size_t> by_evaluator_;               ///< none is 0
};

} // namespace weir::experiments
