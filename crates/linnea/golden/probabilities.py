"""Asks mpmath for tails of the t, normal and F distributions that the tests of `linnea::statistics` hold.

    pip install mpmath==1.4.1 && python probabilities.py > probabilities.json
"""

import json

from mpmath import mp, mpf, betainc, erfc, sqrt, inf
mp.dps=40
out=[]
def two(t,df):
    x=mpf(df)/(df+mpf(t)**2)
    return betainc(mpf(df)/2,mpf(1)/2,0,x,regularized=True)
for df in [1,2,9,30.5,1000,999900]:
    for t in [1e-3,0.5,2.0,4.5,40.0]:
        p=two(t,df)
        if p>mpf(10)**-290: out.append(("t",df,0.0,t,p))
for z in [1e-3,1.0,5.0,30.0]: out.append(("normal",0.0,0.0,z,erfc(mpf(z)/sqrt(2))))
for d1,d2 in [(1,9),(6,9),(10,71),(6,999000),(99,900),(3,2.5)]:
    for f in [0.01,1.0,4.5,330.0]:
        x=mpf(d2)/(mpf(d2)+mpf(d1)*mpf(f))
        try: p=betainc(mpf(d2)/2,mpf(d1)/2,0,x,regularized=True)
        except ValueError: continue
        if p>mpf(10)**-290: out.append(("f",d1,d2,f,p))
numbers = [[k, float(a), float(b), float(x), float(p)] for k, a, b, x, p in out]
print(json.dumps(numbers))
