#include "experiments/places.hpp"

#include <algorithm>

namespace weir::experiments
{
namespace
{

template <class Key>
std::size_t count_of(std::map<Key, std::size_t> const& in, Key const& key)
{
    auto const found = in.find(key);
    return found == in.end() ? 0 : found->second;
}

template <class Key>
void take_one(std::map<Key, std::size_t>& from, Key const& key)
{
    auto const found = from.find(key);
    if (--found->second == 0) from.erase(found);
}

} // namespace

places::places(std::size_t all, std::size_t of_one_evaluator)
    : all_(all)
    , of_one_evaluator_(of_one_evaluator)
{
    share_among(1);
}

void places::share_among(std::size_t organizations)
{
    of_one_organization_ = organizations < 2 ? all_ - all_ / 4 : std::max<std::size_t>(1, all_ / organizations);
}

bool places::take(storage::organization_id whose, storage::uuid const& evaluator)
{
    if (taken_ >= all_ || count_of(by_organization_, whose) >= of_one_organization_ ||
        taken_by(evaluator) >= of_one_evaluator_)
        return false;
    ++taken_;
    ++by_organization_[whose];
    ++by_evaluator_[evaluator];
    return true;
}

void places::give_back(storage::organization_id whose, storage::uuid const& evaluator)
{
    --taken_;
    take_one(by_organization_, whose);
    take_one(by_evaluator_, evaluator);
}

std::size_t places::taken_by(storage::uuid const& evaluator) const { return count_of(by_evaluator_, evaluator); }

} // namespace weir::experiments
