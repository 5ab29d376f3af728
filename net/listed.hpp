#pragma once

#include <set>

namespace weir::net
{

/// Among those in a set, for as long as it lives.
template <class T>
class listed
{
public:
    listed(std::set<T*>& in, T& what)
        : in_(in)
        , what_(&what)
    {
        in_.insert(what_);
    }
    listed(listed const&) = delete;
    listed& operator=(listed const&) = delete;
    ~listed() { in_.erase(what_); }

private:
    std::set<T*>& in_;
    T* what_;
};

} // namespace weir::net
